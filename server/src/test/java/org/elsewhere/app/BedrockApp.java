package org.elsewhere.app;

import io.bargein.server.BargeinServer;
import io.bargein.server.backend.bedrock.BedrockModel;
import java.net.URI;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** The server in a stranger's program, with the AWS SDK beside it. Bedrock is an address at which nobody listens. */
public final class BedrockApp {
    private BedrockApp() {}

    /**
     * Warms up, which is a conversation with the SDK itself, then asks Bedrock and hears why there is no answer.
     *
     * @param args none
     * @throws Exception if something is not as it should be
     */
    public static void main(String[] args) throws Exception {
        BedrockModel model = BedrockModel.builder().region("us-east-1").endpoint(URI.create("http://127.0.0.1:1")).attempts(1)
                .credentials(StaticCredentialsProvider.create(AwsBasicCredentials.create("an id", "no secret"))).build();
        try (BargeinServer server = BargeinServer.builder().model(model).host("127.0.0.1").port(0)
                .warmUp(BargeinServer.WarmUp.LOCAL).start()) {
            Talk.awaitHealthy(server.address());
            try (Talk talk = new Talk(server.address())) {
                talk.say("hello");
                System.out.println(BedrockApp.class.getModule() + ": " + talk.hear("{\"error\":\""));
            }
        }
    }
}
