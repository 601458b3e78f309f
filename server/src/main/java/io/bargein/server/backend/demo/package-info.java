/** The embedded demo: a model that needs no account. */
package io.bargein.server.backend.demo;
