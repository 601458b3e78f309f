package io.bargein.server.backend.bedrock;

import io.bargein.loadtest.standin.BedrockStandIn;
import java.security.KeyStore;
import java.time.Duration;
import javax.net.ssl.TrustManagerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** Models that ask a stand-in, with made-up credentials. */
public final class TestModels {
    private TestModels() {}

    public static BedrockModelBuilder h2c(BedrockStandIn standIn) {
        return base().endpoint(standIn.uri());
    }

    public static BedrockModelBuilder http11(BedrockStandIn standIn) {
        return base().endpoint(standIn.uri()).httpVersion(BedrockModel.HttpVersion.HTTP_1_1);
    }

    public static BedrockModelBuilder tls(BedrockStandIn standIn) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("standin", standIn.certificate());
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return base().endpoint(standIn.tlsUri()).trustManagers(factory.getTrustManagers());
    }

    /** A model whose calls wait however busy this machine is; for all tests but those of how long they wait. */
    public static BedrockModelBuilder patient(BedrockModelBuilder model) {
        return model.patience(Duration.ofMinutes(1));
    }

    /** One whose calls wait as long as they do by default. */
    public static BedrockModelBuilder impatient(BedrockModelBuilder model) {
        return model.patience(Duration.ofSeconds(5));
    }

    private static BedrockModelBuilder base() {
        return BedrockModel.builder().region("us-east-1").eventLoops(1).retryDelay(Duration.ofMillis(2))
                .credentials(StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIDEXAMPLE", "made-up")));
    }
}
