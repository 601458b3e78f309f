/** The client's side of the WebSocket. */
package io.bargein.loadtest.client;
