package io.bargein.server.backend.bedrock;

import io.bargein.server.spi.Model;

class BedrockOverH2cTest extends BedrockContract {
    @Override
    protected Model createModel() {
        return TestModels.patient(TestModels.h2c(standIn)).build();
    }
}
