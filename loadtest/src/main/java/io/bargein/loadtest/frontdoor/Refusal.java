package io.bargein.loadtest.frontdoor;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/** A request that goes no further, and what its caller is told, in the platform's words where they are known. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient HttpResponseStatus status;
    private final String errorType;
    private final String json;
    /** What goes into {@code WWW-Authenticate}; null where nothing does. */
    private final String challenge;

    private Refusal(HttpResponseStatus status, String errorType, String message, String json, String challenge) {
        super(message, null, false, false);
        this.status = status;
        this.errorType = errorType;
        this.json = json;
        this.challenge = challenge;
    }

    private static Refusal of(HttpResponseStatus status, String errorType, String message) {
        return new Refusal(status, errorType, message, "{\"message\":\"" + escaped(message) + "\"}", null);
    }

    static Refusal validation(String message) {
        return of(HttpResponseStatus.BAD_REQUEST, "ValidationException", message);
    }

    static Refusal forbidden(String errorType, String message) {
        return of(HttpResponseStatus.FORBIDDEN, errorType, message);
    }

    static Refusal notFound(String errorType, String message) {
        return of(HttpResponseStatus.NOT_FOUND, errorType, message);
    }

    static Refusal wrongMethod(String message) {
        return of(HttpResponseStatus.METHOD_NOT_ALLOWED, "MethodNotAllowedException", message);
    }

    static Refusal tooLarge(String message) {
        return of(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "ValidationException", message);
    }

    static Refusal unauthorized(String message) {
        return of(HttpResponseStatus.UNAUTHORIZED, "UnauthorizedException", message);
    }

    /** As unauthorized, in the form that {@code /invocations} has for it: JSON-RPC's, with where to get a token (C75, C97). */
    static Refusal unauthorizedInvocation(String message, String resourceMetadata) {
        return new Refusal(HttpResponseStatus.UNAUTHORIZED, "UnauthorizedException", message,
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32001,\"message\":\"" + escaped(message) + "\"}}",
                "Bearer resource_metadata=\"" + resourceMetadata + "\"");
    }

    static Refusal quotaExceeded(String message) {
        return of(HttpResponseStatus.PAYMENT_REQUIRED, "ServiceQuotaExceededException", message);
    }

    static Refusal throttled(String message) {
        return of(HttpResponseStatus.TOO_MANY_REQUESTS, "ThrottlingException", message);
    }

    /** The container answered, but not as a caller may see it (C23, C75). */
    static Refusal containerAnswered(int status) {
        return of(HttpResponseStatus.FAILED_DEPENDENCY, "RuntimeClientError", "Received error (" + status
                + ") from runtime. Please check your CloudWatch logs for more information.");
    }

    /** The container did not answer in time, or not at all (C12). */
    static Refusal containerSilent(long seconds) {
        return of(HttpResponseStatus.FAILED_DEPENDENCY, "RuntimeClientError",
                "Runtime initialization time exceeded. Please make sure that initialization completes in " + seconds + "s.");
    }

    private static String escaped(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    int status() {
        return status.code();
    }

    FullHttpResponse response(String requestId) {
        ByteBuf body = Unpooled.copiedBuffer(json, StandardCharsets.UTF_8);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                .set("x-amzn-RequestId", requestId).set("x-amzn-ErrorType", errorType);
        if (challenge != null) {
            response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, challenge);
        }
        return response;
    }
}
