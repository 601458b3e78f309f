/** The load generator: measures any server that speaks the text protocol, as a black box over real sockets. */
package io.bargein.loadtest.run;
