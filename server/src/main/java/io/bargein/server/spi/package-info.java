/**
 * What others implement: models and tools. No Netty type appears here.
 */
package io.bargein.server.spi;
