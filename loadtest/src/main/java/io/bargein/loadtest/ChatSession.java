package io.bargein.loadtest;

import io.bargein.loadtest.client.ConnectionListener;
import io.bargein.loadtest.client.RuntimeClient;
import io.bargein.loadtest.client.RuntimeClientException;
import io.bargein.loadtest.client.Turn;
import io.bargein.protocol.ServerMessage;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A conversation as it is shown. One thread, the tool's, takes all that happens from one queue; what comes from the client is timed before it
 * is put there. Messages are asked for as they are shown, so that a terminal that stands still holds the server back.
 */
final class ChatSession implements ConnectionListener {
    /** How many messages may wait to be shown. */
    private static final int WINDOW = 64;

    sealed interface Event {}
    /** A line was typed; null at the end of the input. */
    record Typed(String line) implements Event {}
    record Came(Asked turn, ServerMessage message, long nanos) implements Event {}
    record Lost(Asked turn, Throwable why) implements Event {}
    /** The first connection is open. */
    record Connected() implements Event {}
    /** Something to tell of the connection. */
    record Said(String text) implements Event {}
    record Ended(RuntimeClientException why) implements Event {}

    /** One prompt, and what there is of its answer. */
    static final class Asked {
        private final String text;
        private final long nanos = System.nanoTime();
        private final StringBuilder shown = new StringBuilder();
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        private long firstChunkNanos;
        /** What cut in on it; null if nothing did. */
        private Asked cutBy;
        /** Null until it has come. */
        private ServerMessage end;
        /** Why it is not as it should be; null if it is. */
        private String fault;

        Asked(String text) {
            this.text = text;
        }

        ServerMessage end() {
            return end;
        }

        String fault() {
            return fault;
        }

        boolean hasBegun() {
            return firstChunkNanos != 0;
        }

        boolean isOver() {
            return end != null || fault != null;
        }
    }

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final ChatScreen screen;
    private RuntimeClient client;
    private Asked newest;
    private boolean ended;
    private boolean failed;

    ChatSession(ChatScreen screen) {
        this.screen = screen;
    }

    /**
     * Connects, and tells what keeps it from it until then.
     *
     * @throws RuntimeClientException if there is to be no connection
     */
    void begin(RuntimeClient with) throws RuntimeClientException, InterruptedException {
        client = with;
        client.connect();
        Event event = events.take();
        while (event instanceof Said said) {
            screen.note(said.text());
            event = events.take();
        }
        if (event instanceof Ended end) {
            throw end.why();
        }
        screen.note("connected · session " + client.sessionId());
    }

    /** From the thread that reads what is typed. */
    void typed(String line) {
        events.add(new Typed(line));
    }

    Asked newest() {
        return newest;
    }

    boolean isAnswering() {
        return newest != null && !newest.isOver();
    }

    boolean hasEnded() {
        return ended;
    }

    /** Whether any prompt's answer, and not just the newest's, was not as it should be. */
    boolean hasFailed() {
        return failed;
    }

    /** Asks; what is being answered is interrupted. */
    Asked ask(String text) {
        Asked asked = new Asked(text);
        screen.prompt(text);
        Turn turn;
        try {
            turn = client.ask(text);
        } catch (IllegalArgumentException e) {
            fail(asked, e.getMessage());
            return asked;
        }
        if (isAnswering()) {
            newest.cutBy = asked;
            // Before the new answer can come: of the old one, which is only kept from now on, nothing is to wait until the new one is shown.
            newest.subscription.thenAccept(old -> old.request(Long.MAX_VALUE));
        }
        newest = asked;
        turn.subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription given) {
                given.request(WINDOW);
                asked.subscription.complete(given);
            }

            @Override
            public void onNext(ServerMessage message) {
                events.add(new Came(asked, message, System.nanoTime()));
            }

            @Override
            public void onError(Throwable why) {
                events.add(new Lost(asked, why));
            }

            @Override
            public void onComplete() {}
        });
        return asked;
    }

    /** Shows the next thing that happens; says what was typed, or null if it was something else. Waits up to then, and for ever below 0. */
    Typed next(long timeoutNanos) throws InterruptedException {
        Event event = timeoutNanos < 0 ? events.take() : events.poll(timeoutNanos, TimeUnit.NANOSECONDS);
        if (event instanceof Typed typed) {
            return typed;
        } else if (event instanceof Came came) {
            came(came);
            came.turn().subscription.join().request(1);
        } else if (event instanceof Lost lost && !lost.turn().isOver()) {
            fail(lost.turn(), lost.why().getMessage());
        } else if (event instanceof Said said) {
            screen.note(said.text());
        } else if (event instanceof Ended end) {
            ended = true;
            if (end.why() != null && (newest == null || !end.why().getMessage().equals(newest.fault))) {
                screen.error(end.why().getMessage());
            }
        }
        return null;
    }

    private void came(Came came) {
        Asked turn = came.turn();
        if (came.message() instanceof ServerMessage.Chunk chunk) {
            if (!turn.hasBegun()) {
                turn.firstChunkNanos = came.nanos();
            }
            turn.shown.append(chunk.data());
            if (turn == newest) {
                screen.answer(chunk.data()); // What still comes of one that was cut in on is only kept.
            }
            return;
        }
        turn.end = came.message();
        String times = turn.hasBegun() ? " · first chunk " + millis(turn.firstChunkNanos - turn.nanos) : "";
        if (came.message() instanceof ServerMessage.Complete complete) {
            compare(turn, complete.fullResponse());
            screen.note("complete" + times + " · whole answer " + millis(came.nanos() - turn.nanos));
        } else if (came.message() instanceof ServerMessage.Interrupted interrupted) {
            compare(turn, interrupted.partialResponse());
            screen.note("interrupted" + (turn.cutBy == null ? "" : " in " + millis(came.nanos() - turn.cutBy.nanos)) + times + " · "
                    + turn.shown.length() + " characters of the answer");
        } else if (came.message() instanceof ServerMessage.Failure failure) {
            fail(turn, "error: " + failure.error());
        }
    }

    private void fail(Asked turn, String fault) {
        turn.fault = fault;
        failed = true;
        screen.error(fault);
    }

    private void compare(Asked turn, String whole) {
        if (!whole.contentEquals(turn.shown)) {
            fail(turn, "the end of the answer to '" + turn.text + "' says other than its chunks said: " + whole.length() + " characters (expected: "
                    + turn.shown.length() + ")");
        }
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
    }

    @Override
    public void connected(boolean again) {
        events.add(again ? new Said("connected again, with the same session") : new Connected());
    }

    @Override
    public void reconnecting(RuntimeClientException why, Duration delay) {
        events.add(new Said(String.format(Locale.ROOT, "%s; another attempt in %.1f s", why.getMessage(), delay.toMillis() / 1e3)));
    }

    @Override
    public void closed(RuntimeClientException why) {
        events.add(new Ended(why));
    }
}
