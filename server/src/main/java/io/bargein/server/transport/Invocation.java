package io.bargein.server.transport;

import io.bargein.protocol.ClientMessage;
import io.bargein.protocol.CloseCode;
import io.bargein.protocol.InvalidMessageException;
import io.bargein.protocol.Utf8;
import io.bargein.server.session.Session;
import io.bargein.server.spi.RequestContext;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * One {@code POST /invocations}: its body, then its turn, which is a session of its own, then its answer. Confined to the channel's
 * event loop, but for the decoding of long bodies. Holds a place among the connections until it is over.
 */
final class Invocation {

    /** How long a body may be to be decoded on the event loop, where other sessions wait for it. */
    private static final int MAX_INLINE_BYTES = 64 << 10;

    private final Channel channel;
    private final Invocations shared;
    private final HttpRequest head;
    private final RequestContext context;
    private final Runnable whenOver;

    /** The body so far; null once it is decoded. */
    private ByteBuf body;
    /** How much of the budget for bodies is taken. */
    private long takenBytes;
    /** The way to the client; null until the turn begins. */
    private AnswerOutbound outbound;
    private Session session;
    private boolean over;

    /** @param whenOver called once, when this has given back all that it held */
    Invocation(Channel channel, Invocations shared, HttpRequest head, Runnable whenOver) {
        this.channel = channel;
        this.shared = shared;
        this.head = head;
        this.context = RequestContexts.read(RequestContext.Kind.INVOCATION, head.headers());
        this.whenOver = whenOver;
    }

    /** Takes a piece of the body in, and says what is wrong with that, or null. */
    FullHttpResponse add(ByteBuf piece) {
        int length = piece.readableBytes();
        if (takenBytes + length > shared.settings().maxInvocationBytes()) {
            return tooLarge(channel, shared.settings());
        }
        if (!shared.bodies().take(length)) {
            return overloaded(channel, "bodies of invocations: at the limit (expected: a retry later)");
        }
        takenBytes += length;
        if (body == null) {
            body = channel.alloc().buffer(length);
        }
        body.writeBytes(piece);
        return null;
    }

    /** The body is whole: it is decoded, elsewhere if that takes its time, and the turn begins. */
    void bodyComplete() {
        ByteBuf whole = body == null ? channel.alloc().buffer(0) : body;
        body = null;
        Executor decoder = whole.readableBytes() <= MAX_INLINE_BYTES ? Runnable::run : shared.services().upstream();
        try {
            decoder.execute(() -> decode(whole));
        } catch (RejectedExecutionException e) {
            whole.release();
            answer(overloaded(channel, "server: too busy (expected: a retry later)"));
        }
    }

    private void decode(ByteBuf whole) {
        Runnable result;
        try {
            ClientMessage.Prompt prompt = shared.framing().decode(whole);
            result = () -> begin(prompt);
        } catch (InvalidMessageException e) {
            result = () -> answer(invalid(e));
        } finally {
            whole.release();
        }
        if (channel.eventLoop().inEventLoop()) {
            result.run();
        } else {
            channel.eventLoop().execute(result);
        }
    }

    private void begin(ClientMessage.Prompt prompt) {
        if (over) {
            return;
        }
        String notNow = shared.admission().refusal();
        if (notNow != null) {
            // It was let in before the server began to drain.
            answer(overloaded(channel, notNow));
            return;
        }
        // What is left of the body is its text.
        long textBytes = Math.min(takenBytes, Utf8.length(prompt.text()));
        shared.bodies().giveBack(takenBytes - textBytes);
        takenBytes = textBytes;

        AnswerOutbound.Exchange exchange = new AnswerOutbound.Exchange(context.sessionId(), HttpUtil.isKeepAlive(head),
                head.protocolVersion().equals(HttpVersion.HTTP_1_0));
        outbound = Accept.prefersEvents(head.headers().getAll(HttpHeaderNames.ACCEPT))
                ? new EventStream(channel, exchange, shared.pieceBytes(), shared.merging(), this::end)
                : new JsonAnswer(channel, exchange, shared.pieceBytes(), this::end);
        session = new Session(context, channel.eventLoop(), outbound, shared.services(), shared.settings().whileBusy());
        outbound.listener(session);
        session.onPrompt(prompt);
    }

    /** Answers without a turn. */
    private void answer(FullHttpResponse response) {
        if (over) {
            response.release();
            return;
        }
        response.headers().set(UpgradeHandler.SESSION_ID, context.sessionId());
        end();
        if (response.status().equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
            Responses.sendAndClose(channel, response);
        } else {
            Responses.send(channel, head, response);
        }
    }

    /** The channel takes more. */
    void flush() {
        if (outbound != null) {
            outbound.flush();
        }
    }

    /** The server stops: a turn that runs ends with what there is of it, and null is returned; or else the refusal. */
    FullHttpResponse stop() {
        if (session == null) {
            return overloaded(channel, shared.admission().refusal());
        }
        outbound.closeAfterwards();
        session.close(CloseCode.GOING_AWAY, "server is stopping");
        return null;
    }

    /** The client is gone, or refused. */
    void cancel() {
        if (outbound != null) {
            outbound.release();
        } else {
            end();
        }
    }

    private void end() {
        if (over) {
            return;
        }
        over = true;
        if (body != null) {
            body.release();
            body = null;
        }
        shared.bodies().giveBack(takenBytes);
        shared.admission().leave();
        whenOver.run();
    }

    /** C25. */
    private FullHttpResponse invalid(InvalidMessageException e) {
        String json = switch (e.kind()) {
            case ENCODING -> "{\"error\":\"Invalid encoding\",\"details\":\"" + e.getMessage() + "\"}";
            case SYNTAX -> "{\"error\":\"Invalid JSON\",\"details\":\"" + e.getMessage() + "\"}";
            case CONTENT -> "{\"error\":\"" + e.getMessage() + "\"}";
        };
        return Responses.json(channel, HttpResponseStatus.BAD_REQUEST, json);
    }

    static FullHttpResponse tooLarge(Channel channel, InvocationSettings settings) {
        return Responses.error(channel, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                "body: over " + settings.maxInvocationBytes() + " bytes (expected: at most that; see --max-invocation-bytes)");
    }

    static FullHttpResponse overloaded(Channel channel, String error) {
        FullHttpResponse response = Responses.error(channel, HttpResponseStatus.SERVICE_UNAVAILABLE, error);
        response.headers().set(HttpHeaderNames.RETRY_AFTER, "1");
        return response;
    }
}
