package io.bargein.loadtest.standin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
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
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Shows what the stand-in has seen, under {@code /_standin/}; other requests pass. Records leave in pieces while the channel is writable, and
 * between two of them the event loop serves its other channels, whose answers are being measured.
 */
final class InspectionHandler extends ChannelInboundHandlerAdapter {
    private static final long YIELD_NANOS = 20_000;

    private final StandInState state;
    /** What is still to be written; null when nothing is. */
    private RecordsJson records;
    private boolean keepAlive;
    private boolean timerSet;

    InspectionHandler(StandInState state) {
        this.state = state;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
        if (!(message instanceof FullHttpRequest request) || !request.uri().startsWith("/_standin/")) {
            ctx.fireChannelRead(message);
            return;
        }
        try {
            show(ctx, request);
        } finally {
            ReferenceCountUtil.release(request);
        }
    }

    private void show(ChannelHandlerContext ctx, FullHttpRequest request) throws IOException {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        String what = request.method() + " " + uri.rawPath();
        if (what.equals("GET /_standin/records")) {
            try {
                begin(ctx, request, RecordsQuery.of(uri.parameters()));
            } catch (IllegalArgumentException e) {
                JsonResponse.error(HttpResponseStatus.BAD_REQUEST, "ValidationException", e.getMessage()).send(ctx, request);
            }
        } else if (what.equals("DELETE /_standin/records")) {
            state.records().clear();
            JsonResponse.ok("{}").send(ctx, request);
        } else if (what.equals("GET /_standin/info")) {
            JsonResponse.ok(state.infoJson()).send(ctx, request);
        } else {
            JsonResponse.error(HttpResponseStatus.NOT_FOUND, "UnknownOperationException", "unknown path: " + what
                    + " (expected: GET /_standin/info, GET or DELETE /_standin/records)").send(ctx, request);
        }
    }

    private void begin(ChannelHandlerContext ctx, FullHttpRequest request, RecordsQuery query) throws IOException {
        records = new RecordsJson(state.records(), query);
        keepAlive = HttpUtil.isKeepAlive(request);
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        HttpUtil.setTransferEncodingChunked(response, true); // The HTTP/2 codec takes it out again.
        ctx.write(response);
        pump(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws IOException {
        pump(ctx);
        ctx.fireChannelWritabilityChanged();
    }

    /** Writes one piece, and leaves the next to a timer. */
    private void pump(ChannelHandlerContext ctx) throws IOException {
        if (records == null || timerSet || !ctx.channel().isWritable()) {
            return;
        }
        byte[] piece = records.next();
        // Before the write, which may call back here.
        timerSet = records.hasNext();
        records = timerSet ? records : null;
        if (piece.length > 0) {
            ctx.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(piece)));
        }
        if (timerSet) {
            ctx.executor().schedule(() -> {
                timerSet = false;
                pump(ctx);
                return null;
            }, YIELD_NANOS, TimeUnit.NANOSECONDS);
        } else {
            ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener((ChannelFutureListener) written -> {
                if (!keepAlive) {
                    ctx.close();
                }
            });
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        records = null;
        ctx.fireChannelInactive();
    }
}
