package io.bargein.loadtest.frontdoor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a runtime (K3).
 *
 * @param text the whole of it
 * @param region where it is
 * @param account whose it is
 * @param id its last part
 */
record RuntimeArn(String text, String region, String account, String id) {
    private static final Pattern FORM = Pattern.compile(
            "arn:aws(?:-us-gov)?:bedrock-agentcore:([a-z]{2}(?:-[a-z]+)+-\\d+):(\\d{12}):runtime/([A-Za-z][A-Za-z0-9_-]{0,110})");

    static RuntimeArn of(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("runtimeArn: " + text
                    + " (expected: arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/ID, the account of 12 digits)");
        }
        return new RuntimeArn(text, form.group(1), form.group(2), form.group(3));
    }
}
