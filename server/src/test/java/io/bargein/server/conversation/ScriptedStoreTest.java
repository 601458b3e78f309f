package io.bargein.server.conversation;

import io.bargein.server.spi.ConversationStore;

class ScriptedStoreTest extends ConversationStoreContract {
    @Override
    protected ConversationStore createStore() {
        return new ScriptedStore();
    }
}
