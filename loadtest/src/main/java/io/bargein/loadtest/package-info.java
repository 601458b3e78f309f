/** The other side of both wires, from the command line. */
package io.bargein.loadtest;
