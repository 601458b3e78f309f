/**
 * A stand-in for the front door of Amazon Bedrock AgentCore Runtime: a reverse proxy before one container that checks who calls, adds and
 * takes headers and holds WebSockets to the platform's limits as the platform does, so that clients and containers are rehearsed without an
 * account. Shares no code with the client that it is to test.
 */
package io.bargein.loadtest.frontdoor;
