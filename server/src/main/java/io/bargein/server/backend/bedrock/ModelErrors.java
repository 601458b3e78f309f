package io.bargein.server.backend.bedrock;

import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelException.Kind;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What the SDK throws, in the SPI's words. The client is told what it can do about it; the cause is for the log. */
final class ModelErrors {

    /** By the service's error code, in lower case; in-stream exceptions have the same names. */
    private static final Map<String, Kind> BY_CODE = Map.ofEntries(
            Map.entry("throttlingexception", Kind.THROTTLED),
            Map.entry("servicequotaexceededexception", Kind.THROTTLED),
            Map.entry("serviceunavailableexception", Kind.UNAVAILABLE),
            Map.entry("modelnotreadyexception", Kind.UNAVAILABLE),
            Map.entry("internalserverexception", Kind.UNAVAILABLE),
            Map.entry("modeltimeoutexception", Kind.UNAVAILABLE),
            Map.entry("modelerrorexception", Kind.MODEL_FAILED),
            Map.entry("modelstreamerrorexception", Kind.MODEL_FAILED),
            Map.entry("validationexception", Kind.INVALID_REQUEST),
            Map.entry("resourcenotfoundexception", Kind.INVALID_REQUEST),
            Map.entry("conflictexception", Kind.INVALID_REQUEST),
            Map.entry("accessdeniedexception", Kind.ACCESS_DENIED),
            Map.entry("expiredtokenexception", Kind.ACCESS_DENIED),
            Map.entry("unrecognizedclientexception", Kind.ACCESS_DENIED),
            Map.entry("invalidsignatureexception", Kind.ACCESS_DENIED),
            Map.entry("missingauthenticationtokenexception", Kind.ACCESS_DENIED));

    private ModelErrors() {}

    static ModelException of(Throwable thrown) {
        Throwable cause = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (cause instanceof ModelException known) {
            return known;
        }
        Kind kind = kind(cause);
        return new ModelException(kind, message(kind), cause);
    }

    static ModelException of(Kind kind) {
        return new ModelException(kind, message(kind));
    }

    private static Kind kind(Throwable cause) {
        if (cause instanceof AwsServiceException service) {
            String code = service.awsErrorDetails() == null ? null : service.awsErrorDetails().errorCode();
            // In-stream exceptions may come without details: then the class has the name.
            String name = code == null || code.isEmpty() ? cause.getClass().getSimpleName() : code;
            Kind byCode = BY_CODE.get(name.toLowerCase(Locale.ROOT));
            return byCode != null ? byCode : byStatus(service.statusCode());
        }
        if (cause instanceof SdkClientException && noPlaceWasFree(cause)) {
            return Kind.BUSY;
        }
        // The last is what the event stream decoder throws at a wrong checksum.
        if (cause instanceof IOException || cause instanceof SdkClientException || cause instanceof IllegalArgumentException) {
            return Kind.CONNECTION_LOST;
        }
        // Of a connection that breaks down the SDK tells each of its streams by a bare Throwable around what Netty threw.
        return cause.getCause() instanceof Http2Exception ? Kind.CONNECTION_LOST : Kind.INTERNAL;
    }

    /** The SDK's pool has no exceptions of its own: the first says that a place did not come free in time, the second that too many wait. */
    private static boolean noPlaceWasFree(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof TimeoutException || t instanceof IllegalStateException) {
                return true;
            }
        }
        return false;
    }

    private static Kind byStatus(int status) {
        return switch (status) {
            case 401, 403 -> Kind.ACCESS_DENIED;
            case 429 -> Kind.THROTTLED;
            case 424 -> Kind.MODEL_FAILED;
            case 408 -> Kind.UNAVAILABLE;
            case 0 -> Kind.MODEL_FAILED;
            // What is neither a client's fault nor any other status that we know came from something between Bedrock and us.
            default -> status >= 400 && status < 500 ? Kind.INVALID_REQUEST : Kind.UNAVAILABLE;
        };
    }

    private static String message(Kind kind) {
        return switch (kind) {
            case THROTTLED -> "model: throttled (expected: fewer requests; try again in a moment)";
            case UNAVAILABLE -> "model: unavailable (expected: a retry in a moment)";
            case BUSY -> "model: too many answers at a time (expected: fewer; try again in a moment)";
            case CONNECTION_LOST -> "model: connection lost (expected: a retry)";
            case STALLED -> "model: silent for too long (expected: a retry)";
            case TRUNCATED -> "model: the answer broke off (expected: a retry)";
            case MODEL_FAILED -> "model: failed while it answered (expected: a retry)";
            case INVALID_REQUEST -> "model: refused the request (expected: another prompt, or other model settings; the log says why)";
            case ACCESS_DENIED -> "model: access denied (expected: valid credentials that allow the model; the log says why)";
            case ANSWER_TOO_LONG -> "model: the answer is too long";
            case INTERNAL -> "model: internal error";
        };
    }
}
