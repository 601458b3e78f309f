package io.bargein.loadtest.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Text for a URL. */
final class UrlText {

    private UrlText() {}

    /** Percent-encodes all but what RFC 3986, section 2.3, leaves as it is: the signer counts on just that. */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
    }

    static boolean isVisibleAscii(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }
}
