package io.bargein.loadtest;

import io.bargein.loadtest.ChatSession.Typed;
import io.bargein.loadtest.client.RuntimeClient;
import io.bargein.loadtest.client.RuntimeClientException;
import io.bargein.loadtest.client.RuntimeTarget;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntPredicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A conversation in the terminal. Exit codes: 0 when it went as it should, 1 when it did not, 2 when there was none. */
@Command(name = "chat", mixinStandardHelpOptions = true, usageHelpAutoWidth = true, sortOptions = false,
        description = "Talks to a runtime: type a line to ask, and another while the answer comes to cut in. /quit, or the end of the "
                + "input, ends it.")
final class ChatCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConnectionOptions connection;

    @Option(names = "--session-id", paramLabel = "ID",
            description = "Which conversation to go on with: 33 to 256 characters for an ARN; by default a new one")
    private String sessionId;

    @Option(names = "--script", paramLabel = "FILE", description = {"Plays timed prompts instead, and says by the exit code whether all went as it "
            + "should. One step a line: ask TEXT, interrupt TEXT, wait TIME, await first-chunk, await end; # begins a comment"})
    private Path script;

    @Option(names = "--timeout", paramLabel = "TIME", defaultValue = "60s", converter = Durations.class,
            description = "How long a script waits for one thing; by default 60s")
    private Duration timeout;

    @Override
    public Integer call() throws InterruptedException {
        ChatScreen screen = screen(spec.commandLine().getOut(), script != null, Terminal::is);
        ChatSession chat = new ChatSession(screen);
        List<ChatScript.Step> steps;
        RuntimeClient client;
        try {
            steps = steps();
            client = client(chat);
        } catch (IllegalArgumentException | IOException e) {
            String message = e.getMessage();
            throw new ParameterException(spec.commandLine(), message.startsWith("session-id") ? "--" + message : message, e);
        }
        try (client) {
            chat.begin(client);
            return steps == null ? converse(chat) : play(chat, screen, steps);
        } catch (RuntimeClientException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** @param terminal says of a descriptor whether it is one: prompts stand there already only if they are typed where answers are shown */
    static ChatScreen screen(PrintWriter out, boolean scripted, IntPredicate terminal) {
        boolean shown = terminal.test(Terminal.STANDARD_OUTPUT);
        return new ChatScreen(out, shown && !scripted && terminal.test(Terminal.STANDARD_INPUT),
                shown && System.getenv().getOrDefault("NO_COLOR", "").isEmpty());
    }

    private RuntimeClient client(ChatSession chat) {
        RuntimeTarget target = connection.target();
        RuntimeClient.Builder builder = RuntimeClient.builder(target).listener(chat);
        if (sessionId != null) {
            builder.sessionId(sessionId);
        }
        return builder.build();
    }

    private List<ChatScript.Step> steps() throws IOException {
        if (script == null) {
            return null;
        }
        try {
            return ChatScript.parse(Files.readString(script));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--script " + script + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException("--script: " + script + " (expected: a file that can be read)", e);
        }
    }

    private int play(ChatSession chat, ChatScreen screen, List<ChatScript.Step> steps) throws InterruptedException {
        ScriptPlayer player = new ScriptPlayer(chat, timeout);
        String fault = player.play(steps);
        if (fault == null) {
            screen.note("went as it should: " + player.summary());
            return 0;
        }
        screen.error("did not go as it should: " + fault);
        return 1;
    }

    private static int converse(ChatSession chat) throws InterruptedException {
        Thread reader = new Thread(() -> read(chat), "bargein-input");
        reader.setDaemon(true);
        reader.start();
        boolean more = true;
        while (!chat.hasEnded() && (more || chat.isAnswering())) {
            Typed typed = chat.next(-1);
            if (typed != null && (typed.line() == null || typed.line().strip().equals("/quit"))) {
                more = false;
                if (typed.line() != null) {
                    break; // The end of the input lets the answer come to its end; this does not.
                }
            } else if (typed != null && !typed.line().isBlank()) {
                chat.ask(typed.line());
            }
        }
        return chat.hasEnded() || chat.hasFailed() ? 1 : 0;
    }

    private static void read(ChatSession chat) {
        String encoding = System.getProperty("stdin.encoding", System.getProperty("native.encoding"));
        Charset charset = encoding == null ? Charset.defaultCharset() : Charset.forName(encoding);
        try {
            // Not closed: the input is the process's.
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, charset));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                chat.typed(line);
            }
        } catch (IOException e) {
            // An input that breaks has ended.
        }
        chat.typed(null);
    }
}
