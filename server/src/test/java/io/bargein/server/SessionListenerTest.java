package io.bargein.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.session.ScriptedModel;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.Models;
import io.bargein.server.spi.RequestContext;
import io.bargein.server.spi.SessionListener;
import io.bargein.server.transport.RawPeer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an embedder's listener hears, over real sockets. */
class SessionListenerTest {
    private final ScriptedModel model = new ScriptedModel();
    private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> threads = new LinkedBlockingQueue<>();
    private BargeinServer server;
    private RawPeer peer;

    private final SessionListener recorder = new SessionListener() {
        @Override
        public void turnStarted(Turn turn) {
            add(turn);
        }

        @Override
        public void firstDelta(Turn turn, Duration sincePrompt) {
            add("first delta of " + turn.number() + (sincePrompt.isNegative() ? " before its prompt" : ""));
        }

        @Override
        public void turnEnded(TurnEnd end) {
            add(end);
        }

        @Override
        public void eventIgnored(RequestContext context) {
            heard.add("ignored");
        }

        @Override
        public void connectionEnded(ConnectionEnd end) {
            add(end);
        }

        private void add(Object event) {
            heard.add(event);
            threads.add(Thread.currentThread().getName());
        }
    };

    @BeforeEach
    void connect() throws IOException {
        SessionListener broken = new SessionListener() {
            @Override
            public void turnStarted(Turn turn) {
                throw new IllegalStateException("not today");
            }

            @Override
            public void turnEnded(TurnEnd end) {
                throw new NoClassDefFoundError("not today either");
            }
        };
        connect(model, broken, recorder);
    }

    private void connect(Model to, SessionListener... listeners) throws IOException {
        BargeinServerBuilder builder = BargeinServer.builder().host("127.0.0.1").port(0).model(to);
        for (SessionListener listener : listeners) {
            builder.listener(listener);
        }
        server = builder.start();
        peer = RawPeer.upgraded(server.address());
    }

    @AfterEach
    void nothingElseIsHeard() throws Exception {
        peer.close();
        server.close();
        assertEquals(List.of(), List.copyOf(heard));
        assertTrue(threads.stream().allMatch(name -> name.startsWith("bargein-io")), threads::toString);
    }

    @Test
    void hearsAWholeTurn() throws Exception {
        SessionListener.Turn turn = begin(1, "one");
        assertEquals(RequestContext.Kind.WS, turn.context().kind());
        answer(1).emits("é");
        assertEquals("first delta of 1", next());
        answer(1).emits("!");
        answer(1).ends("max_tokens", 3, 4);
        SessionListener.TurnEnd end = (SessionListener.TurnEnd) next();
        assertEquals(turn, end.turn());
        assertEquals(SessionListener.Outcome.COMPLETE, end.outcome());
        assertEquals("é!", end.answer());
        assertEquals(3, end.bytes());
        assertEquals("max_tokens", end.stopReason());
        assertEquals(4, end.usage().outputTokens());
        assertTrue(end.duration().compareTo(end.firstDelta()) >= 0 && end.chunks() >= 1);
        assertNull(end.interrupt());
        assertNull(end.error());
        leave(1, 3);
    }

    /** It is told of when the model has let go, though another has begun. */
    @Test
    void hearsAnInterruptedTurnOnceTheModelHasLetGo() throws Exception {
        model.holdOn();
        begin(1, "one");
        answer(1).emits("Once");
        assertEquals("first delta of 1", next());
        assertTrue(peer.readMessage().contains("Once"));
        begin(2, "two");
        answer(1).letsGo();
        SessionListener.TurnEnd end = (SessionListener.TurnEnd) next();
        assertEquals(1, end.turn().number());
        assertEquals(SessionListener.Outcome.INTERRUPTED, end.outcome());
        assertEquals("Once", end.answer());
        assertNotNull(end.interrupt());
        assertNotNull(end.upstreamAbort());
        answer(2).fails(ModelException.Kind.THROTTLED, "later");
        end = (SessionListener.TurnEnd) next();
        assertEquals(SessionListener.Outcome.ERROR, end.outcome());
        assertEquals("later", end.error());
        assertNull(end.firstDelta());
        assertNull(end.stopReason());
        leave(2, 4);
    }

    @Test
    void hearsOfATurnWhoseClientIsGone() throws Exception {
        begin(1, "one");
        ScriptedModel.Answer answer = answer(1);
        // Only once chunks were asked for can it be cancelled, and be over, at once.
        await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20)).until(() -> answer.requested() > 0);
        peer.reset();
        SessionListener.TurnEnd end = (SessionListener.TurnEnd) next();
        assertEquals(SessionListener.Outcome.DISCONNECTED, end.outcome());
        assertEquals(1006, ((SessionListener.ConnectionEnd) next()).code());
    }

    @Test
    void hearsWhatAModelTellsAfterTheEnd() throws Exception {
        begin(1, "one");
        answer(1).ends();
        assertEquals(SessionListener.Outcome.COMPLETE, ((SessionListener.TurnEnd) next()).outcome());
        answer(1).emits("late");
        answer(1).ends();
        answer(1).fails(ModelException.Kind.INTERNAL, "late");
        assertEquals(List.of("ignored", "ignored", "ignored"), List.of(next(), next(), next()));
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
        leave(1, 0);
    }

    @Test
    void hearsWhatAPublisherTellsAfterTheEnd() throws Exception {
        leave(0, 0);
        nothingElseIsHeard();
        CompletableFuture<Flow.Subscriber<? super String>> subscribed = new CompletableFuture<>();
        connect(Models.fromPublisher(request -> (Flow.Publisher<String>) subscribed::complete), recorder);
        begin(1, "one");
        Flow.Subscriber<? super String> subscriber = subscribed.get(20, TimeUnit.SECONDS);
        subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        });
        subscriber.onComplete();
        assertEquals(SessionListener.Outcome.COMPLETE, ((SessionListener.TurnEnd) next()).outcome());
        subscriber.onNext("late");
        subscriber.onError(new IOException("late"));
        subscriber.onComplete();
        assertEquals(List.of("ignored", "ignored", "ignored"), List.of(next(), next(), next()));
        assertEquals("{\"type\":\"complete\",\"fullResponse\":\"\"}", peer.readMessage());
        leave(1, 0);
    }

    private SessionListener.Turn begin(int number, String prompt) throws Exception {
        peer.prompt(prompt);
        SessionListener.Turn turn = (SessionListener.Turn) next();
        assertEquals(number, turn.number());
        assertEquals(prompt, turn.prompt());
        return turn;
    }

    private void leave(int turns, long bytes) throws Exception {
        peer.send(RawPeer.closeFrame(1000));
        SessionListener.ConnectionEnd end = (SessionListener.ConnectionEnd) next();
        assertEquals(1000, end.code());
        assertEquals("client", end.by());
        assertEquals(turns, end.turns());
        assertEquals(bytes, end.bytes());
    }

    private ScriptedModel.Answer answer(int number) {
        await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20)).until(() -> model.started() >= number);
        return model.answer(number);
    }

    private Object next() throws InterruptedException {
        Object next = heard.poll(20, TimeUnit.SECONDS);
        assertNotNull(next, "nothing was heard in 20 s");
        return next;
    }
}
