/** The door for embedders, {@link io.bargein.server.BargeinServer}; and the command line, which is run and not called. */
package io.bargein.server;
