package io.bargein.loadtest.run;

/**
 * What is asked.
 *
 * @param script the text, to which a tag is added
 * @param numbering what is known of the answer
 */
record Prompt(String script, Numbering numbering) {
    static Prompt of(String script) {
        return new Prompt(script, Numbering.of(script));
    }
}
