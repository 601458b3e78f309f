package io.bargein.server;

import io.bargein.server.operations.logs.Logs;
import org.slf4j.event.Level;

/** The settings of the log. What is logged is said in docs/operations.md. */
final class LogOptions extends Options {

    /** What {@code --log-format} takes. */
    enum Format {
        /** Plain on a terminal, JSON elsewhere. */
        AUTO,
        /** One JSON object a line. */
        JSON,
        /** Text. */
        PLAIN
    }

    private final Setting<Format> logFormat = oneOf("--log-format", "FORMAT", "auto",
            "How log lines look: json, plain, or auto, which is plain on a terminal and json elsewhere", Format.values());
    private final Setting<Level> logLevel = oneOf("--log-level", "LEVEL", "info",
            "From which level on the server logs: error, warn, info, debug, trace", Level.values());
    private final Setting<Level> logLibraryLevel = oneOf("--log-library-level", "LEVEL", "warn",
            "The same for the libraries; their debug and trace lines hold prompts, answers and credentials", Level.values());
    private final Setting<Boolean> logContent = yesOrNo("--log-content",
            "Whether the line of each turn holds its prompt and its answer");

    void configure() {
        Format format = logFormat.value();
        Logs.configure(format == Format.PLAIN || format == Format.AUTO && onTerminal() ? Logs.Format.PLAIN : Logs.Format.JSON,
                logLevel.value(), logLibraryLevel.value());
    }

    boolean content() {
        return logContent.value();
    }

    private static boolean onTerminal() {
        // From JDK 22 on there is a console in any case, unless this one is asked for.
        System.setProperty("jdk.console", "java.base");
        return System.console() != null;
    }
}
