package io.bargein.server.backend.bedrock;

import io.bargein.server.spi.Model;

class BedrockOverHttp11Test extends BedrockContract {
    @Override
    protected Model createModel() {
        return TestModels.patient(TestModels.http11(standIn)).build();
    }
}
