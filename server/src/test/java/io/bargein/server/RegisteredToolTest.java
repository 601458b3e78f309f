package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.Tool;
import io.bargein.server.spi.ToolCall;
import io.bargein.server.spi.ToolResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be registered as a tool, and what then becomes of it. */
class RegisteredToolTest {
    private static final String OBJECT = "{\"type\":\"object\"}";

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", value = {
        "null | d | tool.name: null (expected: 1 to 64 of a-z, A-Z, 0-9, _ and -)",
        "my tool | d | tool.name: my tool (expected: 1 to 64 of a-z, A-Z, 0-9, _ and -)",
        "'' | d | tool.name:  (expected: 1 to 64 of a-z, A-Z, 0-9, _ and -)",
        "é | d | tool.name: é (expected: 1 to 64 of a-z, A-Z, 0-9, _ and -)",
        "t | null | tool.description: null (expected: a text that is not blank, of whole characters)",
        "t | ' ' | tool.description:   (expected: a text that is not blank, of whole characters)"})
    void refusesAToolThatNoModelWouldTake(String name, String description, String expected) {
        BargeinServerBuilder builder = BargeinServer.builder();
        assertEquals(expected, assertThrows(IllegalArgumentException.class, () -> builder.tool(new Fickle(name, description, OBJECT))).getMessage());
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"[]", OBJECT + " {}", "{\"type\":", "{}", "{\"type\":\"array\"}", "{\"type\":5}", "{\"type\":{\"type\":\"object\"}}",
        "{\"type\":[\"object\"]}", "{\"type\":\"object\",\"type\":\"object\"}", "{\"items\":{\"type\":\"object\"}}"})
    void refusesASchemaThatIsNotOfAnObject(String schema) {
        assertRefused("tool.inputSchema: " + schema + " (expected: a JSON schema with \"type\":\"object\")",
                () -> new RegisteredTool(new Fickle("t", "d", schema)));
    }

    @Test
    void refusesHalfACharacter() {
        assertThrows(IllegalArgumentException.class, () -> new RegisteredTool(new Fickle("t", "d\ud83d", OBJECT)));
        assertThrows(IllegalArgumentException.class,
                () -> new RegisteredTool(new Fickle("t", "d", "{\"type\":\"object\",\"title\":\"\ud83d\"}")));
    }

    @Test
    void takesASchemaWithMoreInIt() {
        String schema = "{\"title\":\"a\",\"properties\":{\"type\":{\"type\":\"string\"}},\"type\":\"object\",\"required\":[\"type\"]}";
        assertEquals(schema, new RegisteredTool(new Fickle("t", "d", schema)).inputSchema());
    }

    @Test
    void takesNamesOfAllLengthsThatBedrockTakes() {
        String longest = "aZ09_-".repeat(11).substring(0, 64);
        assertEquals(longest, new RegisteredTool(new Fickle(longest, "d", OBJECT)).name());
        assertThrows(IllegalArgumentException.class, () -> new RegisteredTool(new Fickle(longest + "a", "d", OBJECT)));
    }

    @Test
    void refusesANameThatIsTaken() {
        BargeinServerBuilder builder = BargeinServer.builder().tool(new Fickle("clock", "d", OBJECT));
        assertEquals("tool.name: clock (expected: a name of its own)",
                assertThrows(IllegalArgumentException.class, () -> builder.tool(new Fickle("clock", "other", OBJECT))).getMessage());
    }

    @Test
    void showsTheBeginningOfWhatIsTooLongToShow() {
        String message = assertThrows(IllegalArgumentException.class, () -> new RegisteredTool(new Fickle("t", "d", "x".repeat(1_000)))).getMessage();
        assertEquals("tool.inputSchema: " + "x".repeat(80) + "… (expected: a JSON schema with \"type\":\"object\")", message);
    }

    @Test
    void asksAToolOnceWhatItSaysOfItself() {
        Fickle tool = new Fickle("clock", "d", OBJECT);
        RegisteredTool registered = new RegisteredTool(tool);
        for (int i = 0; i < 3; i++) {
            assertEquals("clock", registered.name());
            assertEquals("d", registered.description());
            assertEquals(OBJECT, registered.inputSchema());
            assertTrue(registered.keepRunning());
        }
        assertEquals(List.of("name", "description", "inputSchema", "keepRunning"), tool.asked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{\"zone\":\"Eu", "[]", "{} x"})
    void sparesAToolInputThatIsNoJsonObject(String input) {
        RegisteredTool tool = new RegisteredTool(new Fickle("clock", "d", OBJECT));
        ToolResult result = tool.call(call(input)).toCompletableFuture().join();

        assertTrue(result.failed());
        assertEquals("the input is no JSON object (expected: one, as the tool's schema says)", result.content());
        assertEquals("called", tool.call(call("{\"zone\":{\"a\":[1]}}")).toCompletableFuture().join().content());
    }

    @Test
    void checksWhatToolsAreAllowed() {
        BargeinServerBuilder b = BargeinServer.builder();
        assertRefused("maxToolRounds: 0 (expected: 1 to 1000)", () -> b.maxToolRounds(0));
        assertRefused("maxToolRounds: 1001 (expected: 1 to 1000)", () -> b.maxToolRounds(1_001));
        assertRefused("toolTimeout: PT0.009S (expected: 10ms to 1h)", () -> b.toolTimeout(Duration.ofMillis(9)));
        assertRefused("toolTimeout: PT1H0.001S (expected: 10ms to 1h)", () -> b.toolTimeout(Duration.ofHours(1).plusMillis(1)));
        assertRefused("maxToolResultBytes: 1023 (expected: 1KiB to 64MiB)", () -> b.maxToolResultBytes(1_023));
        assertRefused("maxToolResultBytes: 67108865 (expected: 1KiB to 64MiB)", () -> b.maxToolResultBytes((64 << 20) + 1));
        assertRefused("toolThreads: 0 (expected: 1 to 1024)", () -> b.toolThreads(0));
        assertRefused("toolThreads: 1025 (expected: 1 to 1024)", () -> b.toolThreads(1_025));
        assertRefused("storeThreads: 0 (expected: 1 to 1024)", () -> b.storeThreads(0));
        b.maxToolRounds(1_000).toolTimeout(Duration.ofHours(1)).maxToolResultBytes(64 << 20).toolThreads(1_024);
        assertEquals(1_000, b.toolSettings.maxRounds());
        assertEquals(Duration.ofHours(1), b.toolSettings.timeout());
        assertEquals(64 << 20, b.toolSettings.maxResultBytes());
    }

    private static void assertRefused(String expected, Runnable call) {
        assertEquals(expected, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    private static ToolCall call(String input) {
        return new ToolCall() {
            @Override
            public RequestContext context() {
                return RequestContext.of(RequestContext.Kind.WS, "s", "r");
            }

            @Override
            public ContentBlock.ToolUse use() {
                return new ContentBlock.ToolUse("t1", "clock", input);
            }

            @Override
            public CompletionStage<Void> cancelled() {
                return new CompletableFuture<>();
            }

            @Override
            public boolean isCancelled() {
                return false;
            }
        };
    }

    /** Says each thing of itself once, and another afterwards. */
    private static final class Fickle implements Tool {
        final List<String> asked = new ArrayList<>();
        private final String name;
        private final String description;
        private final String schema;

        Fickle(String name, String description, String schema) {
            this.name = name;
            this.description = description;
            this.schema = schema;
        }

        private String said(String what, String first) {
            boolean again = asked.contains(what);
            asked.add(what);
            return again ? "?" : first;
        }

        @Override
        public String name() {
            return said("name", name);
        }

        @Override
        public String description() {
            return said("description", description);
        }

        @Override
        public String inputSchema() {
            return said("inputSchema", schema);
        }

        @Override
        public boolean keepRunning() {
            return said("keepRunning", "yes").equals("yes");
        }

        @Override
        public CompletionStage<ToolResult> call(ToolCall call) {
            return CompletableFuture.completedStage(ToolResult.of("called"));
        }
    }
}
