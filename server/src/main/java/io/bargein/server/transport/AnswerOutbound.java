package io.bargein.server.transport;

import io.bargein.protocol.ErrorType;
import io.bargein.protocol.Framing;
import io.bargein.protocol.InvocationFraming;
import io.bargein.protocol.ServerMessage;
import io.bargein.server.session.Outbound;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * An invocation's way to its client: one response, which ends with the turn's terminal. Long texts are encoded piece by piece as
 * the channel drains, and nothing is written that it does not take; frame rates are the WebSocket's matter.
 *
 * <p>Driven by {@link #flush} and by the channel becoming writable. Confined to the channel's event loop.
 */
abstract class AnswerOutbound implements Outbound {

    private enum Phase {
        /** Nothing is out. */
        BEFORE_HEAD,
        /** The head is out, the terminal is not. */
        STREAMING,
        /** The terminal is on its way out. */
        ENDING,
        /** The response is whole, or the client gone. */
        DONE
    }

    final Channel channel;
    private final Exchange exchange;
    private final int pieceBytes;
    private final Runnable whenDone;

    Listener listener;
    /** What ends the response without regard to what waits before it; null if nothing does. */
    private ServerMessage control;
    private Phase phase = Phase.BEFORE_HEAD;
    /** What is out in part; null if there is no such. */
    private Framing.Encoding unfinished;
    private boolean keepAlive;
    private boolean pumping;
    private boolean roomWasDenied;

    /**
     * What the response has to know of its request.
     *
     * @param sessionId goes into the head
     * @param keepAlive whether the client wants the connection kept
     * @param http10 whether the client knows neither chunks nor that connections are kept
     */
    record Exchange(String sessionId, boolean keepAlive, boolean http10) {}

    /** @param whenDone called once, before the response's end is written or when the client is gone */
    AnswerOutbound(Channel channel, Exchange exchange, int pieceBytes, Runnable whenDone) {
        this.channel = channel;
        this.exchange = exchange;
        this.pieceBytes = pieceBytes;
        this.whenDone = whenDone;
        this.keepAlive = exchange.keepAlive();
    }

    void listener(Listener listener) {
        this.listener = listener;
    }

    /** The response is the connection's last, and says so if its head is not out. */
    void closeAfterwards() {
        keepAlive = false;
    }

    /** What is to be written next of what waits in order, or null. */
    abstract ServerMessage next();

    /** Begins to write a message: the head by {@link #head} where that is not out, and what is left to {@link #rest}. */
    abstract void begin(ServerMessage message);

    /** Takes a chunk, or the terminal that follows them. */
    abstract void add(ServerMessage message);

    /** An invocation knows chunks and terminals, and has no words for anything else. */
    @Override
    public void data(ServerMessage message) {
        assert channel.eventLoop().inEventLoop();
        if (message instanceof ServerMessage.Chunk || message.isTerminal()) {
            add(message);
        }
    }

    @Override
    public void control(ServerMessage message) {
        assert channel.eventLoop().inEventLoop();
        if (control == null && message.isTerminal()) {
            control = message;
        }
    }

    @Override
    public void flush() {
        assert channel.eventLoop().inEventLoop();
        if (pumping) {
            return;
        }
        pumping = true;
        boolean wrote = false;
        try {
            while (phase != Phase.DONE && channel.isWritable() && step()) {
                wrote = true;
            }
        } catch (Throwable e) {
            // Such as for lack of memory: half an answer is none.
            channel.pipeline().fireExceptionCaught(e);
            channel.close();
        } finally {
            pumping = false;
        }
        if (wrote) {
            channel.flush();
        }
        if (roomWasDenied && hasRoom()) {
            roomWasDenied = false;
            listener.room();
        }
    }

    /** While the channel is writable nothing waits; what a JSON answer collects is limited as the answer is. */
    @Override
    public boolean hasRoom() {
        boolean room = channel.isWritable() && isOpen();
        roomWasDenied |= !room;
        return room;
    }

    /** The response, if there is one to come, is the connection's last. There is no code and no reason to tell in HTTP. */
    @Override
    public void close(int code, String reason) {
        assert channel.eventLoop().inEventLoop();
        closeAfterwards();
        listener.closing();
        flush();
        if (isOpen() && control == null) {
            channel.close();
        }
    }

    /** The client is gone. */
    void release() {
        if (phase != Phase.DONE) {
            phase = Phase.DONE;
            listener.closing();
            whenDone.run();
        }
    }

    boolean isBeforeHead() {
        return phase == Phase.BEFORE_HEAD;
    }

    private boolean isOpen() {
        return phase == Phase.BEFORE_HEAD || phase == Phase.STREAMING;
    }

    /** Writes one piece and says whether there was one. */
    private boolean step() {
        if (unfinished != null) {
            ByteBuf piece = channel.alloc().ioBuffer();
            unfinished = unfinished.writeTo(piece, pieceBytes) ? unfinished : null;
            channel.write(new DefaultHttpContent(piece), channel.voidPromise());
        } else if (phase == Phase.ENDING) {
            end();
        } else {
            ServerMessage message = control != null ? control : next();
            if (message == null) {
                return false;
            }
            begin(message);
            phase = message instanceof ServerMessage.Chunk ? Phase.STREAMING : Phase.ENDING;
            listener.sent(message);
        }
        return true;
    }

    /** Answers with JSON as a whole, success or not. */
    final void beginJson(ServerMessage terminal) {
        InvocationFraming.Body body = InvocationFraming.answer(terminal);
        HttpResponseStatus status = terminal instanceof ServerMessage.Failure failure ? status(failure.type()) : HttpResponseStatus.OK;
        HttpResponse head = head(status);
        head.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length());
        if (status.equals(HttpResponseStatus.SERVICE_UNAVAILABLE) || status.equals(HttpResponseStatus.TOO_MANY_REQUESTS)) {
            head.headers().set(HttpHeaderNames.RETRY_AFTER, "1");
        }
        channel.write(head, channel.voidPromise());
        rest(body.encoding());
    }

    /** Answers with events, of which the first follows. */
    final void beginEvents() {
        // Without chunks the end of the connection is the end of the response.
        keepAlive &= !exchange.http10();
        HttpResponse head = head(HttpResponseStatus.OK);
        head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        if (!exchange.http10()) {
            head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        channel.write(head, channel.voidPromise());
    }

    final void rest(Framing.Encoding encoding) {
        unfinished = encoding;
    }

    private HttpResponse head(HttpResponseStatus status) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        head.headers().set(UpgradeHandler.SESSION_ID, exchange.sessionId());
        if (!keepAlive) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (exchange.http10()) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        return head;
    }

    private void end() {
        phase = Phase.DONE;
        whenDone.run();
        if (keepAlive) {
            channel.write(LastHttpContent.EMPTY_LAST_CONTENT, channel.voidPromise());
        } else {
            channel.write(LastHttpContent.EMPTY_LAST_CONTENT).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** C26, and what is no failure of the turn's. */
    private static HttpResponseStatus status(ErrorType type) {
        return switch (type) {
            case INVALID_INPUT -> HttpResponseStatus.BAD_REQUEST;
            case CONVERSATION_BUSY -> HttpResponseStatus.CONFLICT;
            case QUEUE_FULL -> HttpResponseStatus.TOO_MANY_REQUESTS;
            case WAIT_TIMEOUT, DRAINING, CONVERSATIONS_FULL, HISTORY_UNAVAILABLE -> HttpResponseStatus.SERVICE_UNAVAILABLE;
            default -> HttpResponseStatus.INTERNAL_SERVER_ERROR;
        };
    }
}
