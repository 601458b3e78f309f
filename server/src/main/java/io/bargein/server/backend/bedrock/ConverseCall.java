package io.bargein.server.backend.bedrock;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.Usage;
import io.netty.channel.EventLoop;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlockDeltaEvent;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlockStartEvent;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlockStopEvent;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamMetadataEvent;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamOutput;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamResponse;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamResponseHandler;
import software.amazon.awssdk.services.bedrockruntime.model.MessageStopEvent;
import software.amazon.awssdk.services.bedrockruntime.model.ReasoningContentBlockDelta;
import software.amazon.awssdk.services.bedrockruntime.model.TokenUsage;
import software.amazon.awssdk.services.bedrockruntime.model.ToolUseBlockStart;

/**
 * One ConverseStream call of the SDK. Confined to its upstream loop, but for {@link #start}; what the SDK says on other threads is posted
 * there. Its own {@link Subscriber}, never a visitor: those swallow exceptions and let a truncated answer pass for a whole one
 * (aws/aws-sdk-java-v2#4929).
 */
final class ConverseCall implements ConverseStreamResponseHandler, Subscriber<ConverseStreamOutput> {

    /** Hears the call out, on its loop. Each event answers one that was requested. */
    interface Listener {
        void onSubscribed(ConverseCall of);

        void onText(ConverseCall of, String text);

        void onReasoning(ConverseCall of, String text);

        void onReasoningEnd(ConverseCall of, ContentBlock.Reasoning reasoning);

        void onToolUse(ConverseCall of, ContentBlock.ToolUse use);

        /** An event of which nothing is to be told. */
        void onNothing(ConverseCall of);

        void onMessageStop(ConverseCall of, String stopReason);

        void onUsage(ConverseCall of, Usage usage);

        void onEnd(ConverseCall of);

        void onFailure(ConverseCall of, Throwable failure);
    }

    /** How much of tools' input and of reasoning may be on its way at a time; past it the answer has failed. */
    private static final int MAX_OPEN_CHARS = 1 << 20;
    /** What an open tool use costs beside its input. */
    private static final int OPEN_USE_CHARS = 128;

    /** A tool use whose input is still coming in. */
    private record OpenToolUse(String id, String name, StringBuilder input) {}

    /** Reasoning that is still coming in; its signature is null until that has come. */
    private static final class OpenReasoning {
        final StringBuilder text = new StringBuilder();
        String signature;
        boolean redacted;
    }

    private final EventLoop loop;
    private final Listener listener;
    private final CompletableFuture<Void> released = new CompletableFuture<>();
    private final Map<Integer, OpenToolUse> openToolUses = new HashMap<>(2);

    private final Map<Integer, OpenReasoning> openReasoning = new HashMap<>(2);

    private int openChars;
    private CompletableFuture<Void> future;
    private Subscription subscription;
    /** Events asked of the SDK that have not come yet. */
    private long outstanding;
    private boolean cancelled;

    ConverseCall(EventLoop loop, Listener listener) {
        this.loop = loop;
        this.listener = listener;
    }

    /** Builds, signs and sends the request. Costs milliseconds, the first time hundreds: upstream threads only. */
    void start(BedrockRuntimeAsyncClient client, ConverseStreamRequest request) {
        CompletableFuture<Void> started;
        try {
            started = client.converseStream(request, this);
        } catch (RuntimeException e) {
            started = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<Void> call = started;
        onLoop(() -> {
            future = call;
            if (cancelled) {
                abort();
            }
        });
        call.whenComplete((done, failure) -> onLoop(() -> completed(failure)));
    }

    /** The call could not even be started. */
    void failedToStart(ModelException failure) {
        onLoop(() -> completed(failure));
    }

    /** Makes sure that this many events are under way, or as many as have been asked for already. */
    void requestUpTo(long wanted) {
        assert loop.inEventLoop();
        if (subscription != null && !cancelled && wanted > outstanding) {
            long more = wanted - outstanding;
            outstanding = wanted;
            subscription.request(more);
        }
    }

    /** Completes once the call's connection can serve another. */
    CompletionStage<Void> released() {
        return released;
    }

    /** Aborts the call; completes once its connection can serve another. */
    CompletionStage<Void> cancel() {
        assert loop.inEventLoop();
        if (!cancelled) {
            cancelled = true;
            abort();
        }
        return released;
    }

    private void abort() {
        if (subscription != null) {
            // Resets the stream (HTTP/2) or closes the connection (HTTP/1.1), and completes the future.
            subscription.cancel();
        } else if (future != null) {
            future.cancel(false);
        }
    }

    private void completed(Throwable failure) {
        assert loop.inEventLoop();
        if (cancelled) {
            // This may be heard from within the SDK's cancel, which gives the connection back in a task that it queues after that.
            later(() -> later(() -> released.complete(null)));
        } else {
            released.complete(null);
            if (failure != null) {
                listener.onFailure(this, failure);
            } else if (subscription == null) {
                // Else the subscriber hears the end, behind all events.
                listener.onEnd(this);
            }
        }
    }

    @Override
    public void responseReceived(ConverseStreamResponse response) {
        // The events say all there is to say.
    }

    @Override
    public void onEventStream(SdkPublisher<ConverseStreamOutput> publisher) {
        publisher.subscribe(this);
    }

    @Override
    public void exceptionOccurred(Throwable failure) {
        onLoop(() -> {
            if (!cancelled) {
                listener.onFailure(this, failure);
            }
        });
    }

    @Override
    public void complete() {
        // The subscriber has heard it.
    }

    @Override
    public void onSubscribe(Subscription given) {
        onLoop(() -> {
            if (subscription != null) {
                given.cancel();
                listener.onFailure(this, new IllegalStateException("the SDK replayed a stream, with its retries off"));
                return;
            }
            subscription = given;
            if (cancelled) {
                abort();
            } else {
                listener.onSubscribed(this);
            }
        });
    }

    @Override
    public void onNext(ConverseStreamOutput event) {
        onLoop(() -> {
            if (!cancelled) {
                outstanding--;
                event(event);
            }
        });
    }

    @Override
    public void onError(Throwable failure) {
        exceptionOccurred(failure);
    }

    @Override
    public void onComplete() {
        onLoop(() -> {
            if (!cancelled) {
                listener.onEnd(this);
            }
        });
    }

    private void event(ConverseStreamOutput event) {
        if (event instanceof ContentBlockDeltaEvent delta) {
            delta(delta);
        } else if (event instanceof ContentBlockStartEvent start && start.start() != null && start.start().toolUse() != null) {
            ToolUseBlockStart use = start.start().toolUse();
            openToolUses.put(start.contentBlockIndex(), new OpenToolUse(use.toolUseId(), use.name(), new StringBuilder()));
            moreInput(OPEN_USE_CHARS);
        } else if (event instanceof ContentBlockStopEvent stop) {
            blockStop(stop.contentBlockIndex());
        } else if (event instanceof MessageStopEvent stop) {
            listener.onMessageStop(this, stop.stopReasonAsString());
        } else if (event instanceof ConverseStreamMetadataEvent metadata) {
            if (metadata.usage() != null) {
                listener.onUsage(this, usage(metadata.usage()));
            }
            listener.onNothing(this);
        } else {
            listener.onNothing(this);
        }
    }

    private void blockStop(Integer index) {
        OpenToolUse use = openToolUses.remove(index);
        OpenReasoning reasoning = openReasoning.remove(index);
        if (use != null) {
            openChars -= use.input().length() + OPEN_USE_CHARS;
            String input = use.input().isEmpty() ? "{}" : use.input().toString();
            listener.onToolUse(this, new ContentBlock.ToolUse(use.id(), use.name(), input));
        } else if (reasoning != null) {
            openChars -= reasoning.text.length();
            listener.onReasoningEnd(this, new ContentBlock.Reasoning(reasoning.text.toString(), reasoning.signature, reasoning.redacted));
        } else {
            listener.onNothing(this);
        }
    }

    private void reasoning(Integer index, ReasoningContentBlockDelta delta) {
        OpenReasoning open = openReasoning.computeIfAbsent(index, absent -> new OpenReasoning());
        if (delta.text() != null) {
            open.text.append(delta.text());
            if (takes(delta.text().length())) {
                listener.onReasoning(this, delta.text());
            }
            return;
        }
        open.redacted = delta.redactedContent() != null;
        open.signature = open.redacted ? Base64.getEncoder().encodeToString(delta.redactedContent().asByteArrayUnsafe()) : delta.signature();
        listener.onNothing(this);
    }

    private void delta(ContentBlockDeltaEvent event) {
        if (event.delta() == null) {
            listener.onNothing(this);
        } else if (event.delta().text() != null) {
            listener.onText(this, event.delta().text());
        } else if (event.delta().reasoningContent() != null) {
            reasoning(event.contentBlockIndex(), event.delta().reasoningContent());
        } else {
            OpenToolUse use = openToolUses.get(event.contentBlockIndex());
            if (use != null && event.delta().toolUse() != null && event.delta().toolUse().input() != null) {
                use.input().append(event.delta().toolUse().input());
                moreInput(event.delta().toolUse().input().length());
            } else {
                listener.onNothing(this);
            }
        }
    }

    private void moreInput(int chars) {
        if (takes(chars)) {
            listener.onNothing(this);
        }
    }

    /** Whether so much more may be on its way; if not, the answer has failed. */
    private boolean takes(int chars) {
        openChars += chars;
        if (openChars > MAX_OPEN_CHARS) {
            listener.onFailure(this, ModelErrors.of(ModelException.Kind.ANSWER_TOO_LONG));
            return false;
        }
        return true;
    }

    private static Usage usage(TokenUsage usage) {
        return new Usage(orZero(usage.inputTokens()), orZero(usage.outputTokens()), orZero(usage.cacheReadInputTokens()),
                orZero(usage.cacheWriteInputTokens()));
    }

    private static int orZero(Integer count) {
        return count == null ? 0 : count;
    }

    private void onLoop(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            later(task);
        }
    }

    /** In a turn of the loop that has not begun. */
    private void later(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The model has been closed, and its connections with it.
            released.complete(null);
        }
    }
}
