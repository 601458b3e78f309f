package io.bargein.server.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets only well-formed requests pass (RFC 9112), each as one {@link HttpRequest} once all of it has come. But one route takes a
 * body: that request passes at once, and the pieces of its body as they come. Any other body is read and dropped, up to a limit.
 * The Host's value is not judged, as AgentCore sends an internal name (contract C11).
 */
final class RequestGate extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(RequestGate.class);

    private static final int MAX_BODY_BYTES = 64 << 10;

    private final RequestDeadline deadline;

    /** The request whose end has not come; null between requests. */
    private HttpRequest request;
    private int bodyBytes;
    /** After a refusal: whatever else comes is dropped until the connection is closed. */
    private boolean refused;

    RequestGate(RequestDeadline deadline) {
        this.deadline = deadline;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (refused) {
            ReferenceCountUtil.release(msg);
            return;
        }
        if (msg instanceof FullHttpRequest whole && whole.decoderResult().isSuccess()) {
            whole.release();
            throw new IllegalStateException("request: aggregated (expected: in its parts; an HttpObjectAggregator before the gate may take"
                    + " no more than its own route's requests)");
        }
        if (msg instanceof HttpRequest head) {
            head(ctx, head);
        } else if (msg instanceof HttpContent content) {
            body(ctx, content);
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    private void head(ChannelHandlerContext ctx, HttpRequest head) {
        if (head.decoderResult().isFailure()) {
            refuseUndecodable(ctx, head.decoderResult().cause());
        } else if (!head.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && !head.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
            refuse(ctx, HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "version: unsupported (expected: HTTP/1.1)");
        } else if (!hostIsValid(head)) {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, "Host: missing, repeated or invalid (expected: exactly one)");
        } else if (head.headers().contains(HttpHeaderNames.EXPECT) && !mayExpect(head)) {
            refuse(ctx, HttpResponseStatus.EXPECTATION_FAILED, "Expect: present (expected: none, or 100-continue before a body)");
        } else {
            request = head;
            bodyBytes = 0;
            if (takesBody(head)) {
                ctx.fireChannelRead(head);
            }
        }
    }

    private static boolean takesBody(HttpRequest head) {
        return head.method().equals(HttpMethod.POST) && path(head).equals(InvocationHandler.PATH);
    }

    private static boolean mayExpect(HttpRequest head) {
        List<String> expectations = head.headers().getAll(HttpHeaderNames.EXPECT);
        return takesBody(head) && expectations.size() == 1
                && HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectations.get(0).strip());
    }

    private void body(ChannelHandlerContext ctx, HttpContent content) {
        if (takesBody(request) && !content.decoderResult().isFailure()) {
            if (content instanceof LastHttpContent) {
                request = null;
            } else {
                deadline.bodyCame(ctx, content.content().readableBytes());
            }
            ctx.fireChannelRead(content);
            return;
        }
        bodyBytes += content.content().readableBytes();
        boolean failed = content.decoderResult().isFailure();
        boolean last = content instanceof LastHttpContent;
        content.release();
        if (failed) {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, "body: malformed (expected: RFC 9112, section 7)");
        } else if (bodyBytes > MAX_BODY_BYTES) {
            refuse(ctx, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "body: over " + MAX_BODY_BYTES + " bytes (expected: none)");
        } else if (last) {
            HttpRequest whole = request;
            request = null;
            ctx.fireChannelRead(whole);
        }
    }

    private static boolean hostIsValid(HttpRequest head) {
        List<String> hosts = head.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.isEmpty()) {
            return head.protocolVersion().equals(HttpVersion.HTTP_1_0);
        }
        return hosts.size() == 1 && hosts.get(0).chars().noneMatch(c -> c <= ' ' || c >= 0x7F || "/?#@\\,<>\"".indexOf(c) >= 0);
    }

    private void refuseUndecodable(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            refuse(ctx, HttpResponseStatus.REQUEST_URI_TOO_LONG, "request line: too long");
        } else if (cause instanceof TooLongHttpHeaderException) {
            refuse(ctx, HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "header: too long");
        } else {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, "request: malformed (expected: RFC 9112)");
        }
    }

    private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String error) {
        refused = true;
        Responses.sendAndClose(ctx.channel(), Responses.error(ctx.channel(), status, error));
    }

    /** Whether the request announces a body. */
    static boolean hasBody(HttpRequest request) {
        return request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
                || request.headers().contains(HttpHeaderNames.CONTENT_LENGTH)
                && !request.headers().contains(HttpHeaderNames.CONTENT_LENGTH, HttpHeaderValues.ZERO, false);
    }

    /** The path of the request target, without its query; of an absolute one (RFC 9112, section 3.2.2) too. */
    static String path(HttpRequest request) {
        String target = request.uri();
        int start = 0;
        int scheme = target.indexOf("://");
        if (scheme > 0 && !target.startsWith("/")) {
            start = target.indexOf('/', scheme + 3);
            if (start < 0) {
                return "/";
            }
        }
        int query = target.indexOf('?', start);
        return query < 0 ? target.substring(start) : target.substring(start, query);
    }
}
