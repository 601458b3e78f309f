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
        model = TestModels.patient(TestModels.h2c(standIn)).build();
    }

    void use(BedrockModelBuilder builder) {
        model.close();
        model = TestModels.patient(builder).build();
    }

    @AfterEach
    void stop() {
        model.close();
        standIn.close();
    }
}
