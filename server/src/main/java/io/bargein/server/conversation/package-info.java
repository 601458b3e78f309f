/** What was said: the history of each session, the rules that keep it acceptable to a model, and where it is kept. */
package io.bargein.server.conversation;
