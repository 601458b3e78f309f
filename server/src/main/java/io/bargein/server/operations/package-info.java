/** What an operator sees of the server: its health. */
package io.bargein.server.operations;
