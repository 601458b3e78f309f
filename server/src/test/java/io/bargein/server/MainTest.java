package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ErrorType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
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

class MainTest {
    private final Map<String, String> environment = new HashMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "--port=70000 | --port: 70000 (expected: 0 to 65535)",
        "--port=http | --port: 'http' (expected: a whole number of at most 2147483647)",
        "--ping-interval=20 | --ping-interval: '20' (expected: a duration, such as 500ms, 20s, 58m or 1h)",
        "--ping-interval=1ms | --ping-interval: PT0.001S (expected: PT0.1S to PT1H, or PT0S)",
        "--max-frame-bytes=lots | --max-frame-bytes: 'lots' (expected: a size in bytes, such as 32000, 256KiB or 1MiB)",
        "--max-frame-bytes=1 | --max-frame-bytes: 1 (expected: 125 to 16777216)",
        "--merging=always | --merging: 'always' (expected: when-waiting or never)",
        "--transport=carrier-pigeon | --transport: 'carrier-pigeon' (expected: auto, io-uring, epoll, kqueue or nio)",
        "--max-invocation-bytes=1 | --max-invocation-bytes: 1 (expected: 1024 to 67108864)",
        "--max-invocations-total-bytes=1MiB | --max-invocations-total-bytes: 1048576 (expected: 10485760 to 1099511627776)",
        "--invocation-while-busy=hope | --invocation-while-busy: 'hope' (expected: wait, interrupt or reject)",
        "--invocation-queue=-1 | --invocation-queue: -1 (expected: 0 to 100000)",
        "--invocation-wait=1ms | --invocation-wait: PT0.001S (expected: 10ms to 1h, or 0s)",
        "--conversation-messages=1 | --conversation-messages: 1 (expected: 2 to 10000)",
        "--no-such-flag | Unknown option: '--no-such-flag'",
        "--no-such-flag=4 | Unknown option: '--no-such-flag=4'",
        "--po=80 | Unknown option: '--po=80'",
        "-port=80 | Unknown option: '-port=80'",
        "-x | Unknown option: '-x'",
        "--version=3 | Unknown option: '--version=3'",
        "nonsense | Unmatched argument: 'nonsense'",
        "--port | Missing required parameter for option '--port' (N)",
        "--region=eu-west-1 | option '--region' (NAME) should be specified only once",
        "--backend= | --backend: '' (expected: bedrock or demo)",
        "--max-connections=99999999999 | --max-connections: '99999999999' (expected: a whole number of at most 2147483647)",
        "--top-p=x | --top-p: 'x' (expected: a number)",
        "--endpoint-url=ht tp://x | --endpoint-url: 'ht tp://x' (expected: a URL, but Illegal character in scheme name)",
        "--temperature=2 | --temperature: 2.0 (expected: 0 to 1)",
        "--endpoint-url=ftp://x | --endpoint-url: ftp://x (expected: http://host:port or https://host:port)",
        "--additional-fields=[] | --additional-fields: no JSON object (expected: a JSON object)",
        "--stall-timeout=1ms | --stall-timeout: PT0.001S (expected: 10ms to 1h)",
        "--drain-deadline=2h | --drain-deadline: PT2H (expected: 0s to 1h)",
        "--warm-up=hot | --warm-up: 'hot' (expected: none, local or upstream)",
        "--log-level=loud | --log-level: 'loud' (expected: error, warn, info, debug or trace)",
        "--log-format=xml | --log-format: 'xml' (expected: auto, json or plain)",
        "--log-content=perhaps | --log-content: 'perhaps' (expected: true or false)",
        "--max-connection-age=1ms | --max-connection-age: PT0.001S (expected: PT0.1S to PT336H, or PT0S)",
        "--idle-timeout=1ms | --idle-timeout: PT0.001S (expected: PT0.1S to PT336H, or PT0S)",
        "--bedrock-http=3 | --bedrock-http: 3 (expected: 2 or 1.1)"})
    void refusesABadValueInOneLineThatSaysWhatWasExpected(String flag, String expected) throws Exception {
        assertEquals(2, run(flag, "--region=us-east-1"));
        assertTrue(err.toString().startsWith("bargein-server: " + expected), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
    }

    @Test
    void refusesABadValueOfAVariableToo() throws Exception {
        environment.put("BARGEIN_PING_INTERVAL", "often");
        assertEquals(2, run("--backend=demo"));
        assertTrue(err.toString().contains("--ping-interval: 'often' (expected: a duration"), err.toString());
    }

    @Test
    void saysInOneLineThatAPortIsTaken() throws Exception {
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
    @ValueSource(strings = {"-be kind", "--be kind", "-have", "-portly", "-1", "a=b", "=", "\"quoted\"", ""})
    void takesAValueAsItIsWhateverItBeginsWith(String prompt) {
        assertEquals(prompt, value("--system-prompt", "--system-prompt", prompt, "--port=1"));
        assertEquals(prompt, value("--system-prompt", "--system-prompt=" + prompt));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--port", "--port=3", "-h", "--help", "--"})
    void takesAFlagForNoValue(String flag) throws Exception {
        assertEquals(2, run("--system-prompt", flag));
        assertEquals("bargein-server: Missing required parameter for option '--system-prompt' (TEXT)\n", err.toString());
    }

    @Test
    void takesNothingAfterTwoDashes() throws Exception {
        assertEquals("80", value("--port", "--port", "80", "--"));
        assertEquals(2, run("--backend=demo", "--", "--port=80"));
        assertEquals("bargein-server: Unmatched argument: '--port=80'\n", err.toString());
    }

    @ParameterizedTest
    @CsvSource({"--transport, io_uring, IO_URING", "--transport, IO-Uring, IO_URING", "--merging, WHEN_waiting, WHEN_WAITING",
        "--merging, when-waiting, WHEN_WAITING", "--log-level, Debug, DEBUG", "--log-content, TRUE, true"})
    void takesWordsInAnyCase(String flag, String written, String expected) {
        assertEquals(expected, value(flag, flag, written));
    }

    @ParameterizedTest
    @CsvSource({"-h, Usage: bargein-server [-hV]", "--help, Usage: bargein-server [-hV]", "-hV, Usage: bargein-server [-hV]", "-V, bargein-server (", "--version, bargein-server ("})
    void tellsItsFlagsAndItsVersionAndEndsWell(String flag, String expected) throws Exception {
        environment.put("BARGEIN_PORT", "no matter");
        assertEquals(0, run("--backend=demo", flag));
        assertTrue(out.toString().startsWith(expected), out.toString());
    }

    @Test
    void describesEachSettingAndItsDefault() throws Exception {
        assertEquals(0, run("--help"));
        String help = out.toString();
        List<String> words = List.of(help.trim().split("\\s+"));
        for (Setting<?> setting : new Main(environment, null, null, null).all()) {
            assertTrue(help.contains("\n      " + setting.flag() + "=" + setting.label())
                    || help.contains("\n      " + setting.flag() + "[=" + setting.label() + "]"), setting.flag());
            List<String> description = List.of(setting.description().split(" "));
            assertTrue(Collections.indexOfSubList(words, description) > words.indexOf("Settings:"), setting.flag());
        }
        assertTrue(help.contains("Default: 8080") && help.contains("Default: 20s"), help);
        assertTrue(help.lines().allMatch(line -> line.length() <= 120), help);
        assertEquals("", err.toString());
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
        return new Main(Map.of(), null, null, null).all().stream().map(setting -> {
            String flag = setting.flag();
            String variables = Stream.concat(Stream.of(EnvironmentDefaults.variable(flag)), EnvironmentDefaults.wellKnown(flag).stream())
                    .map(name -> "`" + name + "`").collect(Collectors.joining(", "));
            String value = setting.byDefault() == null ? "" : "`" + setting.byDefault() + "`";
            return String.join(" | ", "| `" + flag + " " + setting.label() + "`", variables, value, setting.description() + " |");
        }).toList();
    }

    /** Prints the table, for the documents. */
    public static void main(String[] args) {
        settingsTable().forEach(System.out::println);
    }

    private String value(String flag, String... args) {
        List<Setting<?>> settings = new Main(environment, null, null, null).all();
        assertEquals(Flags.Asked.START, new Flags(settings).read(environment, args));
        return settings.stream().filter(setting -> setting.flag().equals(flag)).map(setting -> String.valueOf(setting.value())).findFirst()
                .orElseThrow();
    }

    private int run(String... args) throws InterruptedException {
        return new Main(environment, new PrintStream(out, true), new PrintStream(err, true), new StartUp()).run(args);
    }
}
