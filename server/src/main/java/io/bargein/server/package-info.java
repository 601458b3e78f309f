/** The two doors: {@link io.bargein.server.BargeinServer} for embedders, {@link io.bargein.server.Main} for the command line. */
package io.bargein.server;
