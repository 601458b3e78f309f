/** The one clock of a measurement, whose ends are several processes of one host. */
package io.bargein.loadtest.clock;
