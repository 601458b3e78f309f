package io.bargein.server;

import io.bargein.server.backend.demo.DemoClock;
import io.bargein.server.backend.demo.DemoModel;
import io.bargein.server.operations.StopSignals;
import io.bargein.server.operations.logs.Logs;
import io.bargein.server.spi.Model;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.LoggerFactory;

/**
 * The server from the command line. Exit codes: 0 after a signal to stop, 1 when it could not listen, 2 when a setting is bad or
 * the backend lacks what it needs.
 */
final class Main extends Options {

    /** What answers. */
    enum Backend {
        /** Amazon Bedrock. */
        BEDROCK,
        /** The embedded demo. */
        DEMO
    }

    /** What may be there or not. */
    enum Switch {
        /** It is there. */
        ON,
        /** It is not. */
        OFF
    }

    /** How long the last lines of the log may take. */
    private static final Duration LAST_LINES = Duration.ofSeconds(1);

    private final Setting<Backend> backend = oneOf("--backend", "NAME", "bedrock",
            "What answers: bedrock, or demo, which needs no account", Backend.values());
    private final TransportOptions transport = group(new TransportOptions());
    private final ConversationOptions conversation = group(new ConversationOptions());
    private final BedrockOptions bedrock = group(new BedrockOptions());
    private final Setting<BargeinServer.WarmUp> warmUp = oneOf("--warm-up", "HOW", "none",
            "Before the first healthy ping: none; local, which rehearses turns; upstream, which opens connections to the model too",
            BargeinServer.WarmUp.values());
    private final Setting<Switch> page = oneOf("--page", "SWITCH", null,
            "A chat page at /: on or off; by default on for the demo backend and off for others", Switch.values());
    private final DrainOptions drain = group(new DrainOptions());
    private final LogOptions logs = group(new LogOptions());

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;
    private final StartUp startUp;

    Main(Map<String, String> environment, PrintStream out, PrintStream err, StartUp startUp) {
        this.environment = environment;
        this.out = out;
        this.err = err;
        this.startUp = startUp;
    }

    /**
     * Starts the server and waits until the process is told to stop.
     *
     * @param args the flags; {@code --help} lists them
     */
    public static void main(String[] args) {
        StartUp startUp = new StartUp();
        Logs.install();
        int exit = 1;
        try {
            exit = new Main(System.getenv(), System.out, System.err, startUp).run(args);
        } catch (InterruptedException | RuntimeException e) {
            e.printStackTrace();
        }
        System.exit(exit);
    }

    /** Returns the process's exit code. */
    int run(String... args) throws InterruptedException {
        Flags.Asked asked;
        try {
            asked = new Flags(all()).read(environment, args);
        } catch (IllegalArgumentException e) {
            return refuse(e.getMessage());
        }
        switch (asked) {
            case HELP -> Help.print(all(), out);
            case VERSION -> out.println(Version.text());
            case START -> {
                return serve();
            }
        }
        return 0;
    }

    private int serve() throws InterruptedException {
        startUp.done("flags");
        logs.configure();
        BargeinServerBuilder builder = BargeinServer.builder();
        Duration drainDeadline;
        Model model;
        try {
            builder.transport(transport.settings())
                    .session(conversation.session())
                    .conversation(conversation.conversation())
                    .upstreamThreads(conversation.upstreamThreads())
                    .page(page.value() == null ? backend.value() == Backend.DEMO : page.value() == Switch.ON)
                    .logContent(logs.content())
                    .warmUp(warmUp.value());
            drainDeadline = drain.deadline();
            if (backend.value() == Backend.DEMO) {
                builder.tool(new DemoClock(Clock.systemUTC()));
            }
            model = backend.value() == Backend.DEMO ? new DemoModel() : bedrock.model();
        } catch (IllegalArgumentException | IllegalStateException e) {
            return refuse(flagged(e.getMessage()));
        }
        startUp.done("settings and model");
        // Else it is a part of listening, which reports what is wrong with it.
        transport.kind().isAvailable();
        startUp.done("native transport");
        return serve(builder, model, drainDeadline);
    }

    private int serve(BargeinServerBuilder builder, Model model, Duration drainDeadline) throws InterruptedException {
        CompletableFuture<BargeinServer> started = new CompletableFuture<>();
        // Before anybody can be told that it listens, and then tells it to stop.
        StopSignals signals = StopSignals.install(() -> {
            BargeinServer server = started.join();
            server.drain(drainDeadline);
            server.close();
        }, Logs::flush, drain.limit());
        startUp.done("signals");
        try {
            started.complete(builder.model(model).start());
        } catch (IOException e) {
            model.close();
            err.println("bargein-server: " + oneLine(e.getMessage()));
            return 1;
        }
        startUp.done("listening");
        // Not as a field: this class is there before the log is.
        LoggerFactory.getLogger(Main.class).debug("start-up: {}", startUp);
        signals.await();
        Logs.flush(LAST_LINES);
        return 0;
    }

    private int refuse(String message) {
        err.println("bargein-server: " + oneLine(message));
        return 2;
    }

    /** Settings are checked under their own names; whoever started the server knows them as flags. */
    private String flagged(String message) {
        int colon = Math.max(0, message.indexOf(':'));
        String flag = "--" + message.substring(0, colon).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        return all().stream().anyMatch(setting -> setting.flag().equals(flag)) ? flag + message.substring(colon) : message;
    }

    private static String oneLine(String message) {
        return message.replaceAll("\\s*\\R\\s*", " ");
    }
}
