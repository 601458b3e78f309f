package io.bargein.server.session;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.CloseCode;
import io.bargein.protocol.ErrorType;
import io.bargein.protocol.TurnId;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The session's specification, as {@code session-table.txt}: every state, every event, what becomes of it. All pairs are there, the
 * impossible ones too.
 */
class SessionTableTest {
    private static final ToolUse USE = new ToolUse("t1", "clock", "{}");

    /** How each state is reached. */
    private static final Map<String, Consumer<SessionHarness>> STATES = new LinkedHashMap<>();
    private static final Map<String, Consumer<SessionHarness>> EVENTS = new LinkedHashMap<>();

    static {
        STATES.put("Idle", h -> {
            streaming(h);
            h.model.last().ends();
            h.run();
        });
        STATES.put("Waiting", h -> h.open().session.onPrompt(new ClientMessage.Prompt("one")));
        STATES.put("Streaming", SessionTableTest::streaming);
        STATES.put("RunningTools", SessionTableTest::runningTools);
        STATES.put("Ending", SessionTableTest::ending);
        STATES.put("Draining(Waiting)", draining("Waiting"));
        STATES.put("Draining(Streaming)", draining("Streaming"));
        STATES.put("Draining(RunningTools)", draining("RunningTools"));
        STATES.put("Draining(Ending)", draining("Ending"));
        STATES.put("Closed", h -> {
            streaming(h);
            h.session.closing();
        });

        EVENTS.put("prompt", h -> h.session.onPrompt(new ClientMessage.Prompt("two")));
        EVENTS.put("cancel", h -> h.session.onCancel(TurnId.NONE));
        EVENTS.put("bad input", h -> h.session.onBadInput("bad"));
        // The first call was interrupted by the second; its events are stale in every state.
        EVENTS.put("text", model(h -> h.model.last().emits("!")));
        EVENTS.put("stale text", model(h -> h.model.answer(1).emits("?")));
        EVENTS.put("tool use", model(h -> h.model.last().asksFor(new ToolUse("t2", "clock", "{}"))));
        EVENTS.put("end", model(h -> h.model.last().ends()));
        EVENTS.put("stale end", model(h -> h.model.answer(1).ends()));
        EVENTS.put("failure", model(h -> h.model.last().fails(ModelException.Kind.UNAVAILABLE, "no")));
        EVENTS.put("stale failure", model(h -> h.model.answer(1).fails(ModelException.Kind.UNAVAILABLE, "no")));
        EVENTS.put("tool result", h -> h.toolCalls.forEach(call -> call.answers("noon")));
        EVENTS.put("tool time-out", h -> h.pass(ToolSettings.DEFAULT.timeout()));
        EVENTS.put("history", SessionHarness::giveHistory);
        EVENTS.put("room", h -> h.session.room());
        EVENTS.put("sent", h -> h.outbound.unstall());
        EVENTS.put("drain", h -> h.session.drain("server is stopping"));
        EVENTS.put("close", h -> h.session.close(CloseCode.GOING_AWAY, "bye"));
        EVENTS.put("taken over", SessionHarness::newerConnects);
        EVENTS.put("wanted", SessionHarness::anotherTurnCutsIn);
        EVENTS.put("wait over", h -> {
            if (h.session.claim() != null) {
                h.session.onWaitOver(h.session.claim(), ErrorType.WAIT_TIMEOUT, "busy");
            }
        });
        EVENTS.put("unreadable", h -> {
            if (h.session.claim() != null) {
                h.session.claim().unreadable();
            }
        });
        EVENTS.put("disconnect", h -> h.session.closing());
    }

    @TestFactory
    Stream<DynamicTest> everyStateMeetsEveryEvent() throws IOException {
        return table().entrySet().stream().map(row -> DynamicTest.dynamicTest(row.getKey(), () -> {
            String[] key = row.getKey().split(" \\| ");
            assertEquals(row.getValue(), outcome(key[0], key[1]));
        }));
    }

    @Test
    void allPairsAreInTheTable() throws IOException {
        Map<String, String> table = table();
        assertAll(STATES.keySet().stream().flatMap(state -> EVENTS.keySet().stream().map(event ->
                () -> assertTrue(table.containsKey(state + " | " + event), () -> "no row: " + state + " | " + event))));
        assertEquals(STATES.size() * EVENTS.size(), table.size());
    }

    private static String outcome(String state, String event) {
        SessionHarness h = new SessionHarness();
        STATES.get(state).accept(h);
        h.outbound.taken();
        int startedBefore = h.model.started();
        int callsBefore = h.toolCalls.size();
        boolean cancelledBefore = startedBefore > 0 && h.model.last().isCancelled();
        boolean busyBefore = h.health.status().runningTurns() > 0;
        boolean claimedBefore = h.session.claim() != null;
        boolean closedBefore = h.session.state() instanceof State.Closed;

        EVENTS.get(event).accept(h);
        h.run();

        List<String> effects = new ArrayList<>();
        if (startedBefore > 0 && !cancelledBefore && h.model.answer(startedBefore).isCancelled()) {
            effects.add("cancels");
        }
        if (h.model.started() > startedBefore) {
            effects.add("asks");
        }
        if (h.toolCalls.size() > callsBefore) {
            effects.add("calls tool");
        }
        if (!h.signals.isEmpty()) {
            effects.add("signals");
        }
        boolean busy = h.health.status().runningTurns() > 0;
        if (busy != busyBefore) {
            effects.add(busy ? "busy" : "not busy");
        }
        String stateAfter = name(h.session.state());
        String history = h.history();
        if (!claimedBefore && h.session.claim() != null) {
            effects.add("takes");
        }
        if (claimedBefore && h.session.claim() == null && h.letGo()) {
            effects.add("lets go");
        }
        if (!closedBefore && h.session.state() instanceof State.Closed && h.left()) {
            effects.add("leaves");
        }
        return String.join(" | ", stateAfter, list(h.outbound.taken()), list(effects), history);
    }

    private static String name(State state) {
        return state instanceof State.Draining draining
                ? "Draining(" + name(draining.last()) + ")" : state.getClass().getSimpleName();
    }

    private static String list(List<String> items) {
        return items.isEmpty() ? "-" : String.join(", ", items);
    }

    private static void streaming(SessionHarness h) {
        h.open().giveHistory().session.onPrompt(new ClientMessage.Prompt("zero"));
        h.session.onPrompt(new ClientMessage.Prompt("one"));
        h.model.last().emits("Once");
        h.run();
    }

    private static void runningTools(SessionHarness h) {
        streaming(h);
        h.model.last().asksFor(USE);
        h.model.last().ends();
        h.run();
    }

    private static void ending(SessionHarness h) {
        streaming(h);
        h.outbound.stall();
        h.model.last().emits(" upon");
        h.model.last().ends();
        h.run();
    }

    private static Consumer<SessionHarness> draining(String state) {
        return h -> {
            STATES.get(state).accept(h);
            h.session.drain("server is stopping");
        };
    }

    /** An event of the running call; where there has been none, nothing happens. */
    private static Consumer<SessionHarness> model(Consumer<SessionHarness> event) {
        return h -> {
            if (h.model.started() > 0) {
                event.accept(h);
            }
        };
    }

    /** {@code state | event} to the rest of the row; a row twice is an error. */
    private static Map<String, String> table() throws IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        try (InputStream in = SessionTableTest.class.getResourceAsStream("/session-table.txt")) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(line -> {
                        String[] cells = Arrays.stream(line.split("\\|")).map(String::trim).toArray(String[]::new);
                        String rest = String.join(" | ", Arrays.copyOfRange(cells, 2, cells.length));
                        assertEquals(null, rows.put(cells[0] + " | " + cells[1], rest), "twice: " + line);
                    });
        }
        return rows;
    }

    /** Prints the table as the code has it, to be read and judged before it is kept. */
    public static void main(String[] args) {
        for (String state : STATES.keySet()) {
            for (String event : EVENTS.keySet()) {
                System.out.printf("%-22s | %-13s | %s%n", state, event, outcome(state, event));
            }
            System.out.println();
        }
    }
}
