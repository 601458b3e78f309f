package io.bargein.server.backend.bedrock;

import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.server.backend.ModelContractTest;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The models' contract, over one of the ways to Bedrock. */
abstract class BedrockContract extends ModelContractTest {
    static BedrockStandIn standIn;

    @BeforeAll
    static void startStandIn() throws IOException {
        standIn = BedrockStandIn.builder().tlsPort(0).start();
    }

    @AfterAll
    static void stopStandIn() {
        standIn.close();
    }

    @Override
    protected String threadPrefix() {
        return "bargein-bedrock";
    }
}
