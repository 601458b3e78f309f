/** What a load test learns from outside the conversation: of the server's process, and of the upstream it was to stop. */
package io.bargein.loadtest.probe;
