package io.bargein.server.backend.bedrock;

import io.bargein.loadtest.standin.BedrockStandIn;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A stand-in for Bedrock, and a model that asks it, over HTTP/2 without TLS. */
abstract class BedrockTestBase {
    BedrockStandIn standIn;
    BedrockModel model;

    @BeforeEach
    void start() throws IOException {
        standIn = BedrockStandIn.builder().start();
        model = TestModels.h2c(standIn).build();
    }

    @AfterEach
    void stop() {
        model.close();
        standIn.close();
    }
}
