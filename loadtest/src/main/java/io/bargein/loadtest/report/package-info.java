/** What a run has measured, and the forms it is shown in: text, JSON, a page; alone, compared, or merged. */
package io.bargein.loadtest.report;
