/** JSON for what is small and rare: scripts, reports. */
package io.bargein.loadtest.json;
