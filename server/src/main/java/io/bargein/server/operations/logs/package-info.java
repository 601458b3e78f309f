/**
 * The log of the server as a process of its own: lines of JSON, or of text for a terminal, written by a thread that nobody waits for.
 * An embedder's SLF4J binding takes its place.
 */
package io.bargein.server.operations.logs;
