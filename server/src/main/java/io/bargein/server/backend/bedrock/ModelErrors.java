package io.bargein.server.backend.bedrock;

import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelException.Kind;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
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
        // The last is what the event stream decoder throws at a wrong checksum.
        if (cause instanceof IOException || cause instanceof SdkClientException || cause instanceof IllegalArgumentException) {
            return Kind.CONNECTION_LOST;
        }
        return Kind.INTERNAL;
    }

    private static Kind byStatus(int status) {
        return switch (status) {
            case 401, 403 -> Kind.ACCESS_DENIED;
            case 429 -> Kind.THROTTLED;
            case 424 -> Kind.MODEL_FAILED;
            case 408, 500, 502, 503, 504 -> Kind.UNAVAILABLE;
            case 0 -> Kind.MODEL_FAILED;
            default -> Kind.INVALID_REQUEST;
        };
    }

    private static String message(Kind kind) {
        return switch (kind) {
            case THROTTLED -> "model: throttled (expected: fewer requests; try again in a moment)";
            case UNAVAILABLE -> "model: unavailable (expected: a retry in a moment)";
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
