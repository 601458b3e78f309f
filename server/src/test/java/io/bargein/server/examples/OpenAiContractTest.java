package io.bargein.server.examples;

import io.bargein.server.backend.ModelContractTest;
import io.bargein.server.spi.Model;
import org.junit.jupiter.api.AfterEach;

/** The example for an endpoint, as a model. */
class OpenAiContractTest extends ModelContractTest {
    private FakeOpenAi endpoint;

    @Override
    protected Model createModel() throws Exception {
        endpoint = new FakeOpenAi();
        return new OpenAiModel(endpoint.base(), "sk-secret", "some-model");
    }

    @AfterEach
    void closeEndpoint() {
        endpoint.close();
    }

    @Override
    protected String threadPrefix() {
        return "openai";
    }
}
