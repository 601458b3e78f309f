/**
 * What others implement: models, tools, conversation stores and listeners; {@link io.bargein.server.spi.Models} makes a model of what a
 * client library offers. No Netty type appears here.
 */
package io.bargein.server.spi;
