package io.bargein.server;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** What {@code --help} prints: each setting with its label, what it means and its default, in lines of at most 120 characters. */
final class Help {
    private static final int WIDTH = 120;
    /** Where descriptions begin; a longer flag has a line for itself. */
    private static final int COLUMN = 29;

    private static final String HEAD = """
            Usage: bargein-server [-hV] [--FLAG=VALUE]...

            Serves a model that can be cut in on: WebSocket at /ws, HTTP at /invocations, health at /ping.

            Settings:
            """;
    private static final String FOOT = """

            Each flag --x-y has a variable BARGEIN_X_Y; a flag beats it, and it beats the names people know: PORT,
            BEDROCK_MODEL_ID, AWS_REGION, AWS_ENDPOINT_URL_BEDROCK_RUNTIME. Credentials come from where the AWS SDK finds them.
            TIME is written 500ms, 20s, 58m or 1h; SIZE in bytes: 32000, 256KiB, 1MiB.
            """;

    private Help() {}

    static void print(List<Setting<?>> settings, PrintStream out) {
        out.print(HEAD);
        for (Setting<?> setting : settings) {
            entry(out, "      " + setting.flag() + value(setting), setting.description());
            if (setting.byDefault() != null) {
                out.println(" ".repeat(COLUMN) + "  Default: " + setting.byDefault());
            }
        }
        entry(out, "  -h, --help", "Show this help message and exit.");
        entry(out, "  -V, --version", "Print version information and exit.");
        out.print(FOOT);
    }

    private static String value(Setting<?> setting) {
        return switch (setting.form()) {
            case VALUE -> "=" + setting.label();
            case SWITCH -> "[=" + setting.label() + "]";
            case LIST -> "=" + setting.label() + "[," + setting.label() + "...]";
        };
    }

    private static void entry(PrintStream out, String flag, String description) {
        String begin = flag;
        if (flag.length() >= COLUMN) {
            out.println(flag);
            begin = "";
        }
        for (String line : wrapped(description)) {
            out.println(begin + " ".repeat(COLUMN - begin.length()) + line);
            begin = "";
        }
    }

    private static List<String> wrapped(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (line.length() > 0 && COLUMN + line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
