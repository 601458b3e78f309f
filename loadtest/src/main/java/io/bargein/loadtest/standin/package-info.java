/**
 * A stand-in for Amazon Bedrock's ConverseStream: a real server over real sockets, scriptable, that validates requests as Bedrock does and
 * records what it saw. Shares no code with the server it is to test.
 */
package io.bargein.loadtest.standin;
