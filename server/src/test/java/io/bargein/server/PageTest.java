package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.backend.demo.DemoModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The chat page as a file; what it does in a browser is {@link PageInChromiumTest}'s. */
class PageTest {
    private static final Duration WAIT = Duration.ofSeconds(20);

    private static HttpResponse<String> ask(boolean page, String method, String path) throws IOException, InterruptedException {
        try (BargeinServer server = BargeinServer.builder().host("127.0.0.1").port(0).model(new DemoModel()).page(page).start()) {
            return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                    .method(method, HttpRequest.BodyPublishers.noBody()).timeout(WAIT).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void isOneFileThatMayAskForNothingElse() throws Exception {
        HttpResponse<String> page = ask(true, "GET", "/?from=a-bookmark");
        assertEquals(200, page.statusCode());
        assertEquals("text/html; charset=utf-8", page.headers().firstValue("content-type").orElse(""));
        String policy = page.headers().firstValue("content-security-policy").orElse("");
        assertTrue(policy.startsWith("default-src 'none'") && policy.contains("connect-src 'self'"), policy);
        assertTrue(page.body().startsWith("<!DOCTYPE html>"));
        assertFalse(page.body().matches("(?s).*(https?:|wss?:)//.*"), "an address in it");
    }

    @Test
    void hasAHeadAndNoOtherMethods() throws Exception {
        HttpResponse<String> head = ask(true, "HEAD", "/");
        assertEquals(200, head.statusCode());
        assertEquals("", head.body());
        assertTrue(Integer.parseInt(head.headers().firstValue("content-length").orElse("0")) > 1_000);
        HttpResponse<String> delete = ask(true, "DELETE", "/");
        assertEquals(405, delete.statusCode());
        assertEquals("GET, HEAD", delete.headers().firstValue("allow").orElse(""));
    }

    @Test
    void isNotThereUnlessAskedFor() throws Exception {
        HttpResponse<String> none = ask(false, "GET", "/");
        assertEquals(404, none.statusCode());
        assertEquals("{\"error\":\"path: unknown (expected: /ws, /ping or /invocations)\"}", none.body());
    }
}
