package io.bargein.server.backend.bedrock;

import io.bargein.server.spi.Model;

class BedrockOverTlsTest extends BedrockContract {
    @Override
    protected Model createModel() throws Exception {
        return TestModels.patient(TestModels.tls(standIn)).build();
    }
}
