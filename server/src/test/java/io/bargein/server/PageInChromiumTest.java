package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bargein.server.backend.demo.DemoModel;
import io.bargein.testing.Chromium;
import io.bargein.testing.ChromiumTab;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The chat page in a real browser, with a keyboard. */
@Timeout(180)
class PageInChromiumTest {
    private static final int ENTER = 13;
    private static final int ARROW_UP = 38;

    private BargeinServer server;
    private ChromiumTab tab;

    @BeforeEach
    void open() throws Exception {
        Chromium chromium = Chromium.find();
        assumeTrue(chromium != null, "skipped: no Chromium in the path or in /usr/bin (expected: chromium, chromium-browser or google-chrome)");
        server = BargeinServer.builder().host("127.0.0.1").port(0).model(new DemoModel()).page(true).start();
        tab = chromium.stay(URI.create("http://127.0.0.1:" + server.address().getPort() + "/"));
        tab.await("document.getElementById('state').textContent === 'connected'");
        tab.await("document.activeElement === document.getElementById('prompt')");
    }

    @AfterEach
    void close() {
        if (tab != null) {
            tab.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private void ask(String prompt) throws Exception {
        tab.type(prompt);
        tab.press("Enter", ENTER);
    }

    private String text(int turn, String part) throws Exception {
        return tab.evaluate("document.querySelectorAll('.turn')[" + turn + "].querySelector('." + part + "').textContent");
    }

    @Test
    void showsAnAnswerThatIsCutInOnGreyedAndTheNextOneWhole() throws Exception {
        ask("sim chunks=100000 bytes=16 delay_ms=5");
        tab.await("document.querySelector('.answer').textContent.length > 64");
        ask("sim chunks=2 bytes=16 delay_ms=0");
        tab.await("document.querySelectorAll('.turn.complete').length === 1");

        assertEquals("turn interrupted", tab.evaluate("document.querySelectorAll('.turn')[0].className"));
        assertTrue(text(0, "note").matches("first chunk [\\d.]+ ms · interrupted in [\\d.]+ ms"), text(0, "note"));
        assertTrue(text(0, "answer").startsWith("0 abcdefghijklmn1 abcdefghijklmn"), text(0, "answer"));
        String quiet = "getComputedStyle(document.documentElement).getPropertyValue('--quiet')";
        assertEquals("true", tab.evaluate("(() => { const probe = document.createElement('i'); probe.style.color = " + quiet
                + "; document.body.append(probe); return getComputedStyle(probe).color"
                + " === getComputedStyle(document.querySelector('.interrupted .answer')).color; })()"), "greyed");
        assertEquals("0 abcdefghijklmn1 abcdefghijklmn", text(1, "answer"));
        assertTrue(text(1, "note").matches("first chunk [\\d.]+ ms"), text(1, "note"));
        assertEquals(List.of(), tab.complaints());
    }

    @Test
    void showsWhatWasTypedAsTextAndNothingElse() throws Exception {
        ask("<img src=x onerror=\"document.title='taken'\"> sim");
        tab.await("document.querySelectorAll('.turn.complete').length === 1");
        assertEquals("<img src=x onerror=\"document.title='taken'\"> sim", text(0, "prompt"));
        assertEquals("0", tab.evaluate("document.querySelectorAll('img').length"));
        assertEquals("Bargein", tab.evaluate("document.title"));
        assertEquals(List.of(), tab.complaints());
    }

    @Test
    void bringsTheLastPromptBackAndRefusesToSendNothing() throws Exception {
        assertEquals("true", tab.evaluate("document.getElementById('send').disabled"));
        ask("   ");
        ask("sim chunks=1 bytes=16 delay_ms=0");
        tab.await("document.querySelectorAll('.turn.complete').length === 1");
        tab.press("ArrowUp", ARROW_UP);
        assertEquals("sim chunks=1 bytes=16 delay_ms=0", tab.evaluate("document.getElementById('prompt').value").strip());
        assertEquals("1", tab.evaluate("document.querySelectorAll('.turn').length"));
    }

    @Test
    void saysSoWhenTheConnectionIsGone() throws Exception {
        ask("sim chunks=100000 bytes=16 delay_ms=5");
        tab.await("document.querySelector('.answer').textContent.length > 0");
        // It says other things when it tries again, which nobody may have looked before.
        tab.evaluate("(globalThis.said = [], new MutationObserver(() => said.push(state.textContent)).observe(state, {childList: true}))");
        server.close();
        tab.await("said.length > 0");
        assertTrue(tab.evaluate("said[0]").startsWith("disconnected: 1001"));
        assertEquals("turn interrupted", tab.evaluate("document.querySelector('.turn').className"));
        assertEquals("true", tab.evaluate("document.getElementById('send').disabled"));
    }

    @Test
    void connectsAgain() throws Exception {
        // In one go: it may be connected again before another script runs.
        tab.evaluate("new Promise(done => { const look = () => state.className === 'bad' ? done() : setTimeout(look, 5);"
                + " socket.close(); look(); })");
        tab.await("document.getElementById('state').textContent === 'connected'");
        ask("sim chunks=1 bytes=16 delay_ms=0");
        tab.await("document.querySelectorAll('.turn.complete').length === 1");
    }
}
