/**
 * What others implement: models and tools; {@link io.bargein.server.spi.Models} makes a model of what a client library offers. No Netty type
 * appears here.
 */
package io.bargein.server.spi;
