package io.bargein.server;

import io.bargein.server.backend.demo.DemoClock;
import io.bargein.server.backend.demo.DemoModel;
import io.bargein.server.operations.StopSignals;
import io.bargein.server.operations.logs.Logs;
import io.bargein.server.spi.Model;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The server from the command line. Exit codes: 0 after a signal to stop, 1 when it could not listen, 2 when a setting is bad or
 * the backend lacks what it needs.
 */
final class Main extends Options implements Callable<Integer> {

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

    private final Setting<Backend> backend = setting("--backend", "NAME", "bedrock",
            "What answers: bedrock, or demo, which needs no account", Backend.class);
    private final TransportOptions transport = group(new TransportOptions());
    private final ConversationOptions conversation = group(new ConversationOptions());
    private final BedrockOptions bedrock = group(new BedrockOptions());
    private final Setting<BargeinServer.WarmUp> warmUp = setting("--warm-up", "HOW", "none",
            "Before the first healthy ping: none; local, which rehearses turns; upstream, which opens connections to the model too",
            BargeinServer.WarmUp.class);
    private final Setting<Switch> page = setting("--page", "SWITCH", null,
            "A chat page at /: on or off; by default on for the demo backend and off for others", Switch.class);
    private final DrainOptions drain = group(new DrainOptions());
    private final LogOptions logs = group(new LogOptions());

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("bargein-server").versionProvider(new Version());

    private final StartUp startUp;

    private Main(StartUp startUp) {
        this.startUp = startUp;
        all().forEach(spec::addOption);
        // What mixinStandardHelpOptions adds, which it would read from annotations.
        spec.addOption(OptionSpec.builder("-h", "--help").usageHelp(true).type(boolean.class)
                .description("Show this help message and exit.").build());
        spec.addOption(OptionSpec.builder("-V", "--version").versionHelp(true).type(boolean.class)
                .description("Print version information and exit.").build());
        spec.usageMessage().sortOptions(false).showDefaultValues(true).width(120).autoWidth(true)
                .description("", "Serves a model that can be cut in on: WebSocket at /ws, HTTP at /invocations, health at /ping.", "")
                .optionListHeading("Settings:%n")
                .footer("", "Each flag --x-y has a variable BARGEIN_X_Y; a flag beats it, and it beats the names people know: PORT,",
                        "BEDROCK_MODEL_ID, AWS_REGION, AWS_ENDPOINT_URL_BEDROCK_RUNTIME. Credentials come from where the AWS SDK finds them.",
                        "TIME is written 500ms, 20s, 58m or 1h; SIZE in bytes: 32000, 256KiB, 1MiB.");
    }

    /**
     * Starts the server and waits until the process is told to stop.
     *
     * @param args the flags; {@code --help} lists them
     */
    public static void main(String[] args) {
        StartUp startUp = new StartUp();
        Logs.install();
        System.exit(commandLine(System.getenv(), startUp).execute(args));
    }

    static CommandLine commandLine(Map<String, String> environment) {
        return commandLine(environment, new StartUp());
    }

    private static CommandLine commandLine(Map<String, String> environment, StartUp startUp) {
        return new CommandLine(new Main(startUp).spec)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setDefaultValueProvider(new EnvironmentDefaults(environment))
                .setParameterExceptionHandler((e, args) -> refuse(e.getCommandLine().getErr(), e.getMessage()));
    }

    @Override
    public Integer call() throws InterruptedException {
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
            return refuse(spec.commandLine().getErr(), flagged(e.getMessage()));
        }
        startUp.done("settings and model");
        // Else it is a part of listening, which reports what is wrong with it.
        transport.kind().isAvailable();
        startUp.done("native transport");
        BargeinServer server;
        try {
            server = builder.model(model).start();
        } catch (IOException e) {
            model.close();
            spec.commandLine().getErr().println("bargein-server: " + oneLine(e.getMessage()));
            return 1;
        }
        startUp.done("listening");
        // Not as a field: this class is there before the log is.
        LoggerFactory.getLogger(Main.class).debug("start-up: {}", startUp);
        StopSignals.install(() -> {
            server.drain(drainDeadline);
            server.close();
        }, Logs::flush, drain.limit()).await();
        Logs.flush(LAST_LINES);
        return 0;
    }

    private static int refuse(PrintWriter err, String message) {
        err.println("bargein-server: " + oneLine(message));
        return CommandLine.ExitCode.USAGE;
    }

    /** Settings are checked under their own names; whoever started the server knows them as flags. */
    private String flagged(String message) {
        int colon = Math.max(0, message.indexOf(':'));
        String flag = "--" + message.substring(0, colon).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        return spec.findOption(flag) == null ? message : flag + message.substring(colon);
    }

    private static String oneLine(String message) {
        return message.replaceAll("\\s*\\R\\s*", " ");
    }
}
