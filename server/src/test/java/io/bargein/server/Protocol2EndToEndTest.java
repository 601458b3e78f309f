package io.bargein.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.ErrorType;
import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.ModelException;
import io.bargein.server.transport.RawPeer;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Protocol 2, from a client's side, over real sockets. */
class Protocol2EndToEndTest {
    private final ScriptedModel model = new ScriptedModel();
    private BargeinServer server;
    private RawPeer peer;

    @BeforeEach
    void connect() throws IOException {
        server = BargeinServer.builder().host("127.0.0.1").port(0).model(model).start();
        peer = RawPeer.upgraded(server.address());
    }

    @AfterEach
    void nothingElseComes() throws IOException {
        peer.sendText("no JSON");
        String last = next();
        peer.close();
        server.close();
        assertTrue(last.startsWith("{\"error\":\"message: malformed at byte 0"), last);
    }

    @Test
    void tellsATurnFromItsBeginningToWhatItTook() throws IOException {
        hello("");
        peer.sendText("{\"inputText\":\"one\",\"turn_id\":\"mine\"}");
        assertEquals("{\"type\":\"turn_start\",\"cause\":\"text\",\"turn_id\":1,\"client_turn_id\":\"mine\"}", next());
        answer(1).emits("Once");
        assertEquals("{\"type\":\"chunk\",\"data\":\"Once\",\"turn_id\":1}", next());
        answer(1).ends("max_tokens", 3, 4);
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"Once\",\"stop_reason\":\"max_tokens\",\"usage\":{\"input_tokens\":3,"
                + "\"output_tokens\":4,\"cache_read_input_tokens\":0,\"cache_write_input_tokens\":0},\"turn_id\":1,"
                + "\"client_turn_id\":\"mine\"}", next());
        assertEquals("{\"type\":\"metrics\",\"ttft_ms\":N,\"turn_id\":1}", numbersAside(next()));
    }

    @Test
    void endsAnInterruptedTurnBeforeTheNextBegins() throws IOException {
        hello(",\"features\":[]");
        peer.prompt("one");
        answer(1).emits("Once");
        assertTrue(next().contains("turn_start"));
        assertTrue(next().contains("chunk"));
        peer.prompt("two");
        assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"Once\",\"reason\":\"new_input\",\"turn_id\":1}", next());
        assertEquals("{\"type\":\"turn_start\",\"cause\":\"text\",\"turn_id\":2}", next());
        answer(2).ends();
        assertTrue(next().contains("\"fullResponse\":\"\""));
    }

    @Test
    void cancelsATurnAndSaysSoBehindItsTerminal() throws IOException {
        hello("");
        peer.prompt("one");
        answer(1).emits("Once");
        assertTrue(next().contains("turn_start"));
        assertTrue(next().contains("chunk"));
        peer.sendText("{\"type\":\"cancel\",\"turn_id\":1}");
        assertEquals("{\"type\":\"interrupted\",\"partialResponse\":\"Once\",\"reason\":\"cancel\",\"turn_id\":1}", next());
        // The model has let go before the answer to the cancel is written, or after.
        String[] both = {numbersAside(next()), numbersAside(next())};
        Arrays.sort(both);
        assertEquals("{\"type\":\"cancel_ack\",\"accepted\":true,\"state\":\"idle\",\"turn_id\":1}", both[0]);
        assertEquals("{\"type\":\"metrics\",\"ttft_ms\":N,\"interrupt_ms\":N,\"upstream_abort_ms\":N,\"turn_id\":1}", both[1]);
        assertTrue(answer(1).isCancelled());
        peer.sendText("{\"type\":\"cancel\",\"turn_id\":1}");
        assertEquals("{\"type\":\"cancel_ack\",\"accepted\":false,\"state\":\"idle\",\"turn_id\":1}", next());
    }

    @Test
    void cancelsByTheClientsOwnNameAndOnlyTheTurnThatIsMeant() throws IOException {
        hello(",\"features\":[]");
        peer.sendText("{\"inputText\":\"one\",\"turn_id\":\"mine\"}");
        assertTrue(next().contains("turn_start"));
        peer.sendText("{\"type\":\"cancel\",\"turn_id\":\"another\"}");
        assertEquals("{\"type\":\"cancel_ack\",\"accepted\":false,\"state\":\"answering\",\"client_turn_id\":\"another\"}", next());
        peer.sendText("{\"type\":\"cancel\",\"turn_id\":2}");
        assertEquals("{\"type\":\"cancel_ack\",\"accepted\":false,\"state\":\"answering\",\"turn_id\":2}", next());
        peer.sendText("{\"type\":\"cancel\",\"turn_id\":\"mine\"}");
        assertTrue(next().contains("\"interrupted\""));
        assertEquals("{\"type\":\"cancel_ack\",\"accepted\":true,\"state\":\"idle\",\"turn_id\":1,\"client_turn_id\":\"mine\"}", next());
    }

    @ParameterizedTest
    @EnumSource(ModelException.Kind.class)
    void saysWhatKindOfFailureItIsAndWhetherToTryAgain(ModelException.Kind kind) throws IOException {
        hello(",\"features\":[]");
        peer.prompt("one");
        assertTrue(next().contains("turn_start"));
        answer(1).fails(kind, "no");
        ErrorType type = ErrorType.valueOf(kind.name());
        assertEquals(kind.retryable(), type.retryable());
        assertEquals("{\"error\":\"no\",\"code\":\"" + type.word() + "\",\"retryable\":" + type.retryable() + ",\"turn_id\":1}", next());
    }

    /** Reasoning is no part of the answer, and whole code points are made of it too. */
    @Test
    void showsWhatTheModelThinksToThoseWhoAsked() throws IOException {
        hello(",\"features\":[\"reasoning\"]");
        peer.prompt("one");
        assertTrue(next().contains("turn_start"));
        answer(1).thinks("hm \ud83d");
        assertEquals("{\"type\":\"reasoning\",\"data\":\"hm \",\"turn_id\":1}", next());
        answer(1).thinks("\ude00");
        assertEquals("{\"type\":\"reasoning\",\"data\":\"😀\",\"turn_id\":1}", next());
        answer(1).ends();
        assertTrue(next().contains("\"fullResponse\":\"\""));
    }

    @Test
    void keepsWhatTheModelThinksFromThoseWhoDidNot() throws IOException {
        peer.prompt("one");
        answer(1).thinks("hm");
        answer(1).emits("Once");
        assertEquals("{\"type\":\"chunk\",\"data\":\"Once\"}", next());
        answer(1).ends();
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"Once\"}", next());
    }

    private void hello(String features) throws IOException {
        peer.sendText("{\"type\":\"hello\",\"protocol\":2" + features + "}");
        assertTrue(next().startsWith("{\"type\":\"ready\",\"session_id\":\""));
    }

    private ScriptedModel.Answer answer(int number) {
        await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20)).until(() -> model.started() >= number);
        return model.answer(number);
    }

    private String next() throws IOException {
        return peer.readMessage();
    }

    private static String numbersAside(String message) {
        return message.replaceAll("\\d+\\.\\d{3}", "N");
    }
}
