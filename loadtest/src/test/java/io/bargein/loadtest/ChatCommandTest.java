package io.bargein.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.client.Peer;
import io.bargein.loadtest.client.Peer.Link;
import io.bargein.loadtest.run.FloorPeer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A chat over real sockets, by what it prints and how it exits. */
class ChatCommandTest {
    private final Screen screen = new Screen();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    @Test
    void playsAScriptThatGoesAsItShould() throws Exception {
        try (FloorPeer peer = new FloorPeer()) {
            assertEquals(0, play(peer.url(), """
                    # cut in, and hear the second answer out
                    ask sim chunks=1000000 delay_ms=5
                    await first-chunk
                    wait 20ms
                    interrupt sim chunks=3 bytes=16

                    await end
                    ask sim chunks=1 bytes=16
                    """), screen.text() + err);
        }
        String shown = screen.text();
        assertTrue(shown.startsWith("[connected · session UUID]\n> sim chunks=1000000 delay_ms=5\n0 aaa"), shown);
        assertTrue(shown.contains("\n> sim chunks=3 bytes=16\n[interrupted in N ms · first chunk N ms · "), shown);
        assertTrue(shown.contains("\n0 aaaaaaaaaaaaaz1 aaaaaaaaaaaaaz2 aaaaaaaaaaaaaz\n[complete · first chunk N ms · whole answer N ms]\n"), shown);
        assertTrue(shown.endsWith("[went as it should: 3 asked, 1 interrupted]\n"), shown);
        assertFalse(shown.contains("\u001b"), shown);
    }

    @Test
    void saysWhatDidNotGoAsItShould() throws Exception {
        assertFails("line 3: interrupt, while nothing is being answered", "ask one\nawait end\ninterrupt two", link -> {
            link.expectPrompt("one");
            link.send("{\"type\":\"complete\",\"fullResponse\":\"\"}");
        });
        assertFails("line 2: ask, while line 1 is being answered (expected: await end before it, or interrupt)", "ask one\nask two", link -> { });
        assertFails("line 1: error: model: gone", "ask one", link -> {
            link.expectPrompt("one");
            link.send("{\"error\":\"model: gone\"}");
        });
        assertFails("line 1: complete before the interrupt came (expected: interrupted)", "ask one\ninterrupt two", link -> {
            link.expectPrompt("one");
            link.expectPrompt("two");
            link.send("{\"type\":\"complete\",\"fullResponse\":\"\"}");
            link.send("{\"type\":\"complete\",\"fullResponse\":\"\"}");
        });
        assertFails("line 1: interrupted, though nothing cut in", "ask one", link -> {
            link.expectPrompt("one");
            link.send("{\"type\":\"interrupted\",\"partialResponse\":\"\"}");
        });
        assertFails("line 1: the end of the answer to 'one' says other than its chunks said: 2 characters (expected: 1)", "ask one", link -> {
            link.expectPrompt("one");
            link.send("{\"type\":\"chunk\",\"data\":\"a\"}");
            link.send("{\"type\":\"complete\",\"fullResponse\":\"ab\"}");
        });
        assertFails("line 1: no end of the answer to line 1 in 0.2 s", "ask one", link -> link.expectPrompt("one"), "--timeout=200ms");
        assertFails("line 2: no first chunk in 0.2 s", "ask one\nawait first-chunk", link -> link.expectPrompt("one"), "--timeout=200ms");
        assertFails("line 1: await, before anything was asked", "await first-chunk", link -> { });
        assertFails("line 1: connection: closed with 4000 taken over", "ask one", link -> {
            link.expectPrompt("one");
            link.close(4_000, "taken over");
        });
        assertFails("line 1: the answer is lost with its connection", "ask one", link -> {
            link.expectPrompt("one");
            link.cut();
        });
        assertFails("the connection has ended", "wait 20s", link -> link.close(1_011, ""));
    }

    @Test
    void exitsWithTwoWhereThereIsNoConversation() throws Exception {
        assertEquals(2, play(URI.create("ws://127.0.0.1:1/ws"), "ask one"));
        assertRefused("connect: ws://127.0.0.1:1/ws: ");
        try (Peer peer = new Peer()) {
            CompletableFuture<Void> refuses = does(() -> peer.accept().refuse(403, "x-amzn-ErrorType: AccessDeniedException\r\n", ""));
            assertEquals(2, play(peer.url(), "ask one"));
            refuses.get(20, TimeUnit.SECONDS);
        }
        assertRefused("handshake: 403 AccessDeniedException (expected: 101). Check whether the credentials");
        assertEquals(2, play(URI.create("ws://127.0.0.1:1/ws"), "ask one\njump"));
        assertRefused("script.txt: line 2: jump (expected: ask TEXT, interrupt TEXT, wait TIME, await first-chunk or await end)");
        assertEquals(2, chat("--url=ws://127.0.0.1:1/ws", "--script=" + directory.resolve("none")));
        assertRefused("none (expected: a file that can be read)");
        assertEquals(2, chat("--url=ws://127.0.0.1:1/ws", "--session-id=a b"));
        assertRefused("--session-id: a b (expected: 1 to 256 visible ASCII");
    }

    @Test
    void letsNoRefusalCommandTheTerminal() throws Exception {
        try (Peer peer = new Peer()) {
            CompletableFuture<Void> refuses = does(() -> peer.accept().refuse(400, "", "a\u001b[31mred\u001b]0;title\u0007\r\nb\tc"));
            assertEquals(2, play(peer.url(), "ask one"));
            refuses.get(20, TimeUnit.SECONDS);
        }
        assertRefused("handshake: 400 (expected: 101): a\ufffd[31mred\ufffd]0;title\ufffd b\tc. Check");
    }

    @Test
    void saysWhyItWaitsForItsFirstConnection() throws Exception {
        try (Peer peer = new Peer()) {
            Path script = Files.writeString(directory.resolve("script.txt"), "ask one");
            CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> chat("--url=" + peer.url(), "--script=" + script));
            peer.accept().refuse(409, "x-amzn-ErrorType: RetryableConflictException\r\n", "");
            screen.await("; another attempt in ");
            Link link = peer.open();
            link.expectPrompt("one");
            link.send("{\"type\":\"complete\",\"fullResponse\":\"\"}");
            screen.await("went as it should");
            link.cut();
            assertEquals(0, exit.get(20, TimeUnit.SECONDS));
        }
        assertTrue(screen.text().matches("(?s)\\[handshake: 409 RetryableConflictException [^\n]*\\]\n\\[connected · session UUID\\]\n> one\n.*"),
                screen.text());
    }

    @Test
    void cutsInOnWhatStreamsWhenALineIsTyped() throws Exception {
        InputStream before = System.in;
        try (Peer peer = new Peer(); PipedOutputStream keyboard = new PipedOutputStream()) {
            System.setIn(new PipedInputStream(keyboard));
            CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> chat("--url=" + peer.url(), "--session-id=mine"));
            Link link = peer.open();
            assertTrue(link.head().contains("-Session-Id: mine\r\n"), link.head());
            type(keyboard, "hello\n");
            link.expectPrompt("hello");
            link.send("{\"type\":\"chunk\",\"data\":\"Once \\u001b[31mupon\"}");
            screen.await("upon");
            type(keyboard, "\n  \nstop\n");
            link.expectPrompt("stop");
            link.send("{\"type\":\"chunk\",\"data\":\" a time\"}");
            link.send("{\"type\":\"interrupted\",\"partialResponse\":\"Once \\u001b[31mupon a time\"}");
            link.send("{\"type\":\"chunk\",\"data\":\"Yes.\\n\"}");
            link.send("{\"type\":\"complete\",\"fullResponse\":\"Yes.\\n\"}");
            screen.await("[complete");
            type(keyboard, "/quit\n");
            assertEquals(8, link.frame().opcode());
            link.cut();
            assertEquals(0, exit.get(20, TimeUnit.SECONDS));
        } finally {
            System.setIn(before);
        }
        assertEquals("""
                [connected · session mine]
                > hello
                Once \ufffd[31mupon
                > stop
                [interrupted in N ms · first chunk N ms · 21 characters of the answer]
                Yes.
                [complete · first chunk N ms · whole answer N ms]
                """, screen.text());
    }

    @Test
    void hearsTheLastAnswerOutWhenTheInputEnds() throws Exception {
        InputStream before = System.in;
        try (FloorPeer peer = new FloorPeer()) {
            System.setIn(new ByteArrayInputStream("sim chunks=20 bytes=16 delay_ms=5\n".getBytes(StandardCharsets.UTF_8)));
            assertEquals(0, chat("--url=" + peer.url()));
        } finally {
            System.setIn(before);
        }
        assertTrue(screen.text().endsWith("19 aaaaaaaaaaaaz\n[complete · first chunk N ms · whole answer N ms]\n"), screen.text());
    }

    @Test
    void failsForAnEarlierAnswerThatFailed() throws Exception {
        assertEquals(1, exitOfTwo("one", link -> {
            link.expectPrompt("one");
            link.send("{\"error\":\"model: gone\"}");
            screen.await("[error: model: gone]");
        }), screen.text());
    }

    @Test
    void failsForAPromptThatIsRefused() throws Exception {
        assertEquals(1, exitOfTwo("x".repeat(1 << 20), link -> screen.await("[text: 1048592 bytes as a message (expected")), screen.text());
    }

    @Test
    void showsPromptsUnlessTheyAreTypedWhereAnswersAreShown() {
        ChatCommand.screen(screen.writer(), false, descriptor -> true).prompt("typed");
        ChatCommand.screen(screen.writer(), false, descriptor -> descriptor != Terminal.STANDARD_INPUT).prompt("piped in");
        ChatCommand.screen(screen.writer(), false, descriptor -> descriptor != Terminal.STANDARD_OUTPUT).prompt("piped out");
        ChatCommand.screen(screen.writer(), true, descriptor -> true).prompt("scripted");
        assertEquals("> piped in\n> piped out\n> scripted\n", screen.text());
    }

    @Test
    void dimsWhatIsSaidAboutAnswersAndNamesNoColour() {
        ChatScreen plain = new ChatScreen(screen.writer(), true, true);
        plain.answer("an answer");
        plain.note("a note");
        plain.error("an error");
        assertEquals("an answer\n\u001b[2m[a note]\u001b[0m\n\u001b[1m[an error]\u001b[0m\n", screen.text());
    }

    @Test
    void readsEachStepOfAScript() {
        assertEquals(List.of(new ChatScript.Ask(2, "a  b # c"), new ChatScript.Wait(3, Duration.ofMillis(500)),
                new ChatScript.Interrupt(4, "d"), new ChatScript.AwaitFirstChunk(5), new ChatScript.AwaitEnd(6)),
                ChatScript.parse("# first\nask   a  b # c\r\n  wait 500ms\ninterrupt d\nawait first-chunk\nawait end"));
        List<String> complaints = new ArrayList<>();
        for (String bad : new String[] {"", "# nothing", "ask", "\ninterrupt ", "wait", "wait soon", "await", "await lunch", "Ask x"}) {
            try {
                complaints.add(ChatScript.parse(bad).toString());
            } catch (IllegalArgumentException e) {
                complaints.add(e.getMessage().replaceAll(" \\(expected.*", ""));
            }
        }
        assertEquals(List.of("no step", "no step", "line 1: ask without a text", "line 2: interrupt without a text", "line 1: '' is no time",
                "line 1: 'soon' is no time", "line 1: await", "line 1: await lunch", "line 1: Ask x"), complaints);
    }

    private interface Answers {
        void to(Link link) throws Exception;
    }

    private void assertFails(String fault, String script, Answers answers, String... options) throws Exception {
        Screen own = new Screen();
        try (Peer peer = new Peer()) {
            Path file = Files.writeString(directory.resolve("script.txt"), script);
            List<String> args = new ArrayList<>(List.of("chat", "--url=" + peer.url(), "--script=" + file));
            args.addAll(List.of(options));
            CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> Main.commandLine().setOut(own.writer())
                    .setErr(new PrintWriter(err, true)).execute(args.toArray(new String[0])));
            Link link = peer.open();
            answers.to(link);
            own.await("did not go as it should");
            link.cut(); // It says goodbye, which this peer does not answer.
            assertEquals(1, exit.get(20, TimeUnit.SECONDS));
        }
        assertTrue(own.text().contains("[did not go as it should: " + fault), own.text());
    }

    /** A first prompt that does not go well, and then one that does. */
    private int exitOfTwo(String first, Answers answers) throws Exception {
        InputStream before = System.in;
        try (Peer peer = new Peer()) {
            CompletableFuture<Integer> exit;
            try (PipedOutputStream keyboard = new PipedOutputStream()) {
                System.setIn(new PipedInputStream(keyboard, 2 << 20)); // Room for all that is typed.
                exit = CompletableFuture.supplyAsync(() -> chat("--url=" + peer.url()));
                Link link = peer.open();
                type(keyboard, first + "\n");
                answers.to(link);
                type(keyboard, "two\n");
                link.expectPrompt("two");
                link.send("{\"type\":\"complete\",\"fullResponse\":\"\"}");
                screen.await("[complete");
                type(keyboard, "/quit\n");
                assertEquals(8, link.frame().opcode());
                link.cut();
            }
            return exit.get(20, TimeUnit.SECONDS);
        } finally {
            System.setIn(before);
        }
    }

    private static CompletableFuture<Void> does(Action what) {
        return CompletableFuture.runAsync(() -> {
            try {
                what.run();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private interface Action {
        void run() throws Exception;
    }

    private int play(URI url, String script) throws IOException {
        return chat("--url=" + url, "--script=" + Files.writeString(directory.resolve("script.txt"), script));
    }

    private int chat(String... options) {
        List<String> args = new ArrayList<>(List.of("chat"));
        args.addAll(List.of(options));
        err.getBuffer().setLength(0);
        return Main.commandLine().setOut(screen.writer()).setErr(new PrintWriter(err, true)).execute(args.toArray(new String[0]));
    }

    private void assertRefused(String complaint) {
        assertTrue(err.toString().contains(complaint), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
    }

    private static void type(PipedOutputStream keyboard, String text) throws IOException {
        keyboard.write(text.getBytes(StandardCharsets.UTF_8));
        keyboard.flush();
    }
}
