package io.bargein.server;

import io.bargein.server.operations.logs.Logs;
import io.bargein.server.session.LogDetail;
import org.slf4j.event.Level;
import picocli.CommandLine.Option;

/** The settings of the log. What is logged is said in docs/operations.md. */
final class LogOptions {

    /** What {@code --log-format} takes. */
    enum Format {
        /** Plain on a terminal, JSON elsewhere. */
        AUTO,
        /** One JSON object a line. */
        JSON,
        /** Text. */
        PLAIN
    }

    @Option(names = "--log-format", paramLabel = "FORMAT", defaultValue = "auto",
            description = "How log lines look: json, plain, or auto, which is plain on a terminal and json elsewhere")
    private Format logFormat;

    @Option(names = "--log-level", paramLabel = "LEVEL", defaultValue = "info",
            description = "From which level on the server logs: error, warn, info, debug, trace")
    private Level logLevel;

    @Option(names = "--log-library-level", paramLabel = "LEVEL", defaultValue = "warn",
            description = "The same for the libraries; their debug and trace lines hold prompts, answers and credentials")
    private Level logLibraryLevel;

    @Option(names = "--log-content", arity = "0..1", fallbackValue = "true", paramLabel = "BOOLEAN", defaultValue = "false",
            description = "Whether the line of each turn holds its prompt and its answer")
    private boolean logContent;

    void configure() {
        Logs.configure(logFormat == Format.PLAIN || logFormat == Format.AUTO && onTerminal() ? Logs.Format.PLAIN : Logs.Format.JSON,
                logLevel, logLibraryLevel);
    }

    LogDetail detail() {
        return logContent ? LogDetail.CONTENT : LogDetail.OUTCOMES;
    }

    private static boolean onTerminal() {
        // From JDK 22 on there is a console in any case, unless this one is asked for.
        System.setProperty("jdk.console", "java.base");
        return System.console() != null;
    }
}
