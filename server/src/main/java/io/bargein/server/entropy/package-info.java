/** Randomness that a snapshot of the process does not repeat. */
package io.bargein.server.entropy;
