/** What tests need that is no part of what they test. */
package io.bargein.loadtest.testing;
