package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ErrorType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class MainTest {
    private final Map<String, String> environment = new HashMap<>();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "--port=70000 | --port: 70000 (expected: 0 to 65535)",
        "--port=http | Invalid value for option '--port'",
        "--ping-interval=20 | '20' (expected: a duration, such as 500ms, 20s, 58m or 1h)",
        "--ping-interval=1ms | --ping-interval: PT0.001S (expected: PT0.1S to PT1H)",
        "--max-frame-bytes=lots | 'lots' (expected: a size in bytes, such as 32000, 256KiB or 1MiB)",
        "--max-frame-bytes=1 | --max-frame-bytes: 1 (expected: 125 to 16777216)",
        "--merging=always | 'always' (expected: when-waiting or never)",
        "--transport=carrier-pigeon | Invalid value for option '--transport'",
        "--max-invocation-bytes=1 | --max-invocation-bytes: 1 (expected: 1024 to 67108864)",
        "--max-invocations-total-bytes=1MiB | --max-invocations-total-bytes: 1048576 (expected: 10485760 to 1099511627776)",
        "--invocation-while-busy=hope | 'hope' (expected: wait, interrupt or reject)",
        "--invocation-queue=-1 | --invocation-queue: -1 (expected: 0 to 100000)",
        "--invocation-wait=1ms | --invocation-wait: PT0.001S (expected: 10ms to 1h, or 0s)",
        "--conversation-messages=1 | --conversation-messages: 1 (expected: 2 to 10000)",
        "--no-such-flag | Unknown option: '--no-such-flag'",
        "--temperature=2 | --temperature: 2.0 (expected: 0 to 1)",
        "--endpoint-url=ftp://x | --endpoint-url: ftp://x (expected: http://host:port or https://host:port)",
        "--additional-fields=[] | --additional-fields: no JSON object (expected: a JSON object)",
        "--stall-timeout=1ms | --stall-timeout: PT0.001S (expected: 10ms to 1h)",
        "--drain-deadline=2h | --drain-deadline: PT2H (expected: 0s to 1h)",
        "--warm-up=hot | Invalid value for option '--warm-up'",
        "--log-level=loud | Invalid value for option '--log-level'",
        "--log-format=xml | Invalid value for option '--log-format'",
        "--log-content=perhaps | 'perhaps' is not a boolean",
        "--max-connection-age=1ms | --max-connection-age: PT0.001S (expected: PT0.1S to PT336H)",
        "--idle-timeout=1ms | --idle-timeout: PT0.001S (expected: PT0.1S to PT336H)",
        "--bedrock-http=3 | --bedrock-http: 3 (expected: 2 or 1.1)"})
    void refusesABadValueInOneLineThatSaysWhatWasExpected(String flag, String expected) {
        assertEquals(2, run(flag, "--region=us-east-1"));
        assertTrue(err.toString().contains(expected), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
    }

    @Test
    void refusesABadValueOfAVariableToo() {
        environment.put("BARGEIN_PING_INTERVAL", "often");
        assertEquals(2, run("--backend=demo"));
        assertTrue(err.toString().contains("'often' (expected: a duration"), err.toString());
    }

    @Test
    void saysInOneLineThatAPortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertEquals(1, run("--backend=demo", "--host=127.0.0.1", "--port=" + taken.getLocalPort()));
            assertTrue(err.toString().startsWith("bargein-server: listen: 127.0.0.1:" + taken.getLocalPort()
                    + " (expected: a free port of this machine)"), err.toString());
            assertEquals(1, err.toString().lines().count(), err.toString());
        }
    }

    @Test
    void takesAFlagBeforeAVariableOfOursBeforeAWellKnownOneBeforeTheDefault() {
        assertEquals("8080", value("--port"));
        environment.put("PORT", "1");
        assertEquals("1", value("--port"));
        environment.put("BARGEIN_PORT", "2");
        assertEquals("2", value("--port"));
        assertEquals("3", value("--port", "--port=3"));

        environment.put("AWS_DEFAULT_REGION", "eu-west-1");
        environment.put("AWS_REGION", "");
        assertEquals("eu-west-1", value("--region"));
        environment.put("BEDROCK_MODEL_ID", "m");
        assertEquals("m", value("--model-id"));
        environment.put("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://x");
        assertEquals("http://x", value("--endpoint-url"));
        environment.put("BARGEIN_BACKEND", "demo");
        assertEquals("DEMO", value("--backend"));
    }

    @Test
    void takesAFlagWithoutItsValueAndAListByCommaOrFlagByFlag() {
        assertEquals("false", value("--log-content"));
        assertEquals("true", value("--log-content", "--log-content"));
        assertEquals("false", value("--log-content", "--log-content=false"));
        environment.put("BARGEIN_LOG_CONTENT", "true");
        assertEquals("true", value("--log-content", "--log-content"));
        assertEquals("null", value("--stop-sequences"));
        assertEquals("[a, b, c]", value("--stop-sequences", "--stop-sequences=a,b", "--stop-sequences=c"));
        environment.put("BARGEIN_STOP_SEQUENCES", "d,e");
        assertEquals("[d, e]", value("--stop-sequences"));
    }

    @ParameterizedTest
    @CsvSource({"-h, Usage: bargein-server [-hV]", "--help, Usage: bargein-server [-hV]", "-V, bargein-server (", "--version, bargein-server ("})
    void tellsItsFlagsAndItsVersionAndEndsWell(String flag, String expected) {
        StringWriter out = new StringWriter();
        assertEquals(0, Main.commandLine(environment).setOut(new PrintWriter(out, true)).execute(flag));
        assertTrue(out.toString().startsWith(expected), out.toString());
    }

    @Test
    void describesEachSettingAndItsDefault() {
        CommandLine commandLine = Main.commandLine(environment);
        String help = commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF);
        for (OptionSpec option : commandLine.getCommandSpec().options()) {
            assertTrue(help.contains(option.longestName()), option.longestName());
            assertTrue(option.description().length > 0 && !option.description()[0].isBlank(), option.longestName());
        }
        assertTrue(help.contains("Default: 8080") && help.contains("Default: 20s"), help);
    }

    /** README.md and docs/operations.md have each setting as it is, and no other. */
    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/operations.md"})
    void isDocumentedSettingBySetting(String document) throws IOException {
        List<String> documented = Files.readAllLines(Path.of("..", document)).stream().filter(line -> line.startsWith("| `--")).toList();
        assertEquals(String.join("\n", settingsTable()), String.join("\n", documented));
    }

    @Test
    void hasItsKindsOfErrorsDocumentedOneByOne() throws IOException {
        Pattern row = Pattern.compile("\\| `([a-z_]+)` \\| .+ \\| [45]\\d\\d \\|");
        List<String> documented = Files.readAllLines(Path.of("..", "docs/operations.md")).stream().map(row::matcher).filter(Matcher::matches)
                .map(matcher -> matcher.group(1)).toList();
        assertEquals(Stream.of(ErrorType.values()).map(ErrorType::word).toList(), documented);
    }

    /** One row a setting, in the order of {@code --help}. */
    private static List<String> settingsTable() {
        return Main.commandLine(Map.of()).getCommandSpec().options().stream().filter(option -> !option.usageHelp() && !option.versionHelp())
                .map(option -> {
                    String flag = option.longestName();
                    String variables = Stream.concat(Stream.of(EnvironmentDefaults.variable(flag)), EnvironmentDefaults.wellKnown(flag).stream())
                            .map(name -> "`" + name + "`").collect(Collectors.joining(", "));
                    String value = option.defaultValue() == null ? "" : "`" + option.defaultValue() + "`";
                    return String.join(" | ", "| `" + flag + " " + option.paramLabel() + "`", variables, value, option.description()[0] + " |");
                }).toList();
    }

    /** Prints the table, for the documents. */
    public static void main(String[] args) {
        settingsTable().forEach(System.out::println);
    }

    private String value(String name, String... args) {
        CommandLine commandLine = Main.commandLine(environment);
        commandLine.parseArgs(args);
        Object value = commandLine.getCommandSpec().findOption(name).getValue();
        return String.valueOf(value);
    }

    private int run(String... args) {
        return Main.commandLine(environment).setErr(new PrintWriter(err, true)).execute(args);
    }
}
