package io.bargein.server.backend.bedrock;

import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;

/** Looks for credentials. Apart from {@link BedrockModel}, as a class that catches an exception of the SDK's does not load without the SDK. */
final class Credentials {
    private Credentials() {}

    /** Why there are none, or null if there are some. May take as long as asking for them does. */
    static Throwable whyNone(AwsCredentialsProvider provider) {
        try {
            provider.resolveCredentials();
            return null;
        } catch (SdkException e) {
            return e;
        }
    }
}
