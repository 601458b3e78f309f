package io.bargein.loadtest.standin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2ResetFrame;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers requests of one HTTP/2 stream or one HTTP/1.1 connection. Events are written while the channel is writable, so that a client
 * that stops reading stops the writing; a long run yields through a timer, so that resets are read in time.
 */
final class ConverseHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Pattern CONVERSE = Pattern.compile("/model/([^/]+)/converse-stream");
    private static final int BATCH_BYTES = 16 << 10;
    private static final int BATCHES_A_RUN = 16;
    private static final long YIELD_NANOS = 20_000;
    private static final String NOISE = "no HTTP\r\n".repeat(20);

    private final StandInState state;
    private final boolean http2;
    private final int connection;

    private ChannelHandlerContext context;
    /** The exchange that is being answered; null between requests. */
    private Exchange exchange;
    private Answer answer;
    private long startNanos;
    private boolean headersSent;
    private boolean timerSet;
    /** Whether the connection is to be closed behind the answer. */
    private boolean drains;

    ConverseHandler(StandInState state, boolean http2, int connection) {
        this.state = state;
        this.http2 = http2;
        this.connection = connection;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        state.handlers().add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        state.handlers().remove(this);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        String path = new QueryStringDecoder(request.uri()).rawPath();
        Matcher converse = CONVERSE.matcher(path);
        if (converse.matches() && request.method().equals(HttpMethod.POST)) {
            converse(ctx, request, QueryStringDecoder.decodeComponent(converse.group(1)));
        } else {
            JsonResponse.error(HttpResponseStatus.NOT_FOUND, "UnknownOperationException", "unknown path").send(ctx, request);
        }
    }

    private void converse(ChannelHandlerContext ctx, FullHttpRequest request, String modelId) {
        Map<String, String> headers = new TreeMap<>();
        request.headers().forEach(header -> headers.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
        exchange = state.records().begin(modelId, http2 ? "h2" : "HTTP/1.1", connection, headers,
                request.content().toString(StandardCharsets.UTF_8));
        if (!headers.getOrDefault("authorization", "").matches("(AWS4-HMAC-SHA256|Bearer) .*")) {
            reject(ctx, request, 403, "MissingAuthenticationTokenException", "Missing Authentication Token");
            return;
        }
        ConverseRequest parsed;
        try {
            parsed = ConverseRequest.parse(request.content().toString(StandardCharsets.UTF_8));
            exchange.tagged(parsed.tag());
        } catch (IllegalArgumentException e) {
            reject(ctx, request, 400, "ValidationException", e.getMessage());
            return;
        }
        Reply reply = state.nextReply();
        if (reply != null && reply.httpStatus != 200) {
            reject(ctx, request, reply.httpStatus, reply.errorType, reply.errorMessage);
        } else {
            begin(ctx, request, parsed, reply);
        }
    }

    private void begin(ChannelHandlerContext ctx, FullHttpRequest request, ConverseRequest parsed, Reply reply) {
        try {
            answer = reply == null ? Answer.to(parsed.lastUserText()) : Answer.scripted(reply);
        } catch (IllegalArgumentException e) {
            reject(ctx, request, 400, "ValidationException", e.getMessage());
            return;
        }
        headersSent = false;
        drains = reply != null && reply.drains;
        if (reply != null && reply.fault != null && reply.fault.point() == Fault.Point.BEFORE_HEADERS) {
            fault(ctx, reply.fault.kind());
        } else if (reply != null && reply.headerDelayMillis > 0) {
            ctx.executor().schedule(() -> sendHeaders(ctx), reply.headerDelayMillis, TimeUnit.MILLISECONDS);
        } else {
            sendHeaders(ctx);
        }
    }

    private void sendHeaders(ChannelHandlerContext ctx) {
        if (exchange == null || !ctx.channel().isActive()) {
            return;
        }
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/vnd.amazon.eventstream")
                .set("x-amzn-requestid", "standin-" + exchange.number());
        if (!http2) {
            HttpUtil.setTransferEncodingChunked(response, true);
            HttpUtil.setKeepAlive(response, !drains);
        } else if (drains) {
            connection(ctx).writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
        }
        ctx.writeAndFlush(response);
        headersSent = true;
        startNanos = System.nanoTime();
        pump(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        pump(ctx);
        ctx.fireChannelWritabilityChanged();
    }

    private void pump(ChannelHandlerContext ctx) {
        for (int i = 0; exchange != null && headersSent && !timerSet && ctx.channel().isWritable(); i++) {
            if (!answer.hasNext()) {
                end(ctx);
                return;
            }
            long wait = startNanos + answer.dueNanos() - System.nanoTime();
            if (wait > 0 || i == BATCHES_A_RUN) {
                timerSet = true;
                ctx.executor().schedule(() -> {
                    timerSet = false;
                    pump(ctx);
                }, Math.max(wait, YIELD_NANOS), TimeUnit.NANOSECONDS);
                return;
            }
            writeBatch(ctx);
        }
    }

    /** Writes as many events as are due and fit into one batch; at least one. */
    private void writeBatch(ChannelHandlerContext ctx) {
        ByteBuf batch = ctx.alloc().buffer(1 << 10);
        long elapsed = System.nanoTime() - startNanos;
        int events = 0;
        do {
            batch.writeBytes(answer.next());
            events++;
        } while (batch.readableBytes() < BATCH_BYTES && answer.hasNext() && answer.dueNanos() <= elapsed);
        exchange.sent(events, batch.readableBytes());
        ctx.writeAndFlush(new DefaultHttpContent(batch));
    }

    private void end(ChannelHandlerContext ctx) {
        if (answer.fault() != null) {
            fault(ctx, answer.fault().kind());
            return;
        }
        Exchange ending = exchange;
        switch (answer.end()) {
            case STALL, LINGER -> headersSent = false; // Nothing more is to come; the client's abort ends it.
            case RESET -> {
                exchange = null;
                ending.ended(RequestRecord.Outcome.SCRIPTED_FAULT);
                if (http2) {
                    ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
                } else {
                    ctx.close();
                }
            }
            default -> {
                exchange = null;
                ending.ended(answer.end() == Reply.End.COMPLETE
                        ? RequestRecord.Outcome.COMPLETE : RequestRecord.Outcome.SCRIPTED_FAULT);
                ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(written -> {
                    if (drains) {
                        connection(ctx).close();
                    }
                });
            }
        }
    }

    /** Makes this go wrong now with the answer that runs, if one does. From any thread. */
    void strike(Fault.Kind kind) {
        context.executor().execute(() -> {
            if (exchange != null) {
                fault(context, kind);
            }
        });
    }

    private void fault(ChannelHandlerContext ctx, Fault.Kind kind) {
        Channel connection = connection(ctx);
        headersSent = false; // Nothing more is to come.
        switch (kind) {
            case STALL -> { } // The client's abort ends it, as it does the next four.
            case CHECKSUM, PRELUDE, GARBAGE -> ctx.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(ConverseEvents.bad(kind))));
            // From behind the HTTP codec, so as it is.
            case NOISE -> connection.pipeline().firstContext().writeAndFlush(Unpooled.copiedBuffer(NOISE, StandardCharsets.US_ASCII));
            case END -> {
                broken();
                ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            }
            case CLOSE -> {
                broken();
                connection.close();
            }
            case RESET -> {
                broken();
                connection.config().setOption(ChannelOption.SO_LINGER, 0);
                connection.close();
            }
            case RESET_STREAM -> {
                broken();
                if (http2) {
                    ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
                } else {
                    connection.close();
                }
            }
            case GO_AWAY -> {
                broken();
                if (http2) {
                    connection.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.INTERNAL_ERROR));
                }
                connection.close();
            }
            default -> throw new IllegalStateException(kind.name());
        }
    }

    private void broken() {
        exchange.ended(RequestRecord.Outcome.SCRIPTED_FAULT);
        exchange = null;
    }

    private Channel connection(ChannelHandlerContext ctx) {
        return http2 ? ctx.channel().parent() : ctx.channel();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Http2ResetFrame reset) {
            aborted(reset.errorCode());
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        aborted(-1);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        aborted(-1);
        ctx.close();
    }

    private void aborted(long code) {
        if (exchange != null) {
            exchange.aborted(RequestRecord.Outcome.ABORTED, code);
            exchange = null;
        }
    }

    private void reject(ChannelHandlerContext ctx, FullHttpRequest request, int status, String type, String message) {
        exchange.refused(message);
        exchange = null;
        JsonResponse.error(HttpResponseStatus.valueOf(status), type, message).send(ctx, request);
    }
}
