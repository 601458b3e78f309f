package io.bargein.server.operations.logs;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.time.Duration;
import org.slf4j.event.Level;

/**
 * The process's log, on standard output, where the platform looks for it (contract C95). {@link #install} comes before the first
 * logger, {@link #configure} before the first line.
 */
public final class Logs {

    /** How lines look. */
    public enum Format {
        /** One JSON object a line. */
        JSON,
        /** Text. */
        PLAIN
    }

    private static final String OURS = "io.bargein.";

    /** Says on a busy machine, for each connection, that its timer was late; nothing is lost by it. */
    private static final String NOISE = "software.amazon.awssdk.http.nio.netty.internal.http2.Http2PingHandler";

    private static volatile Format format = Format.JSON;
    private static volatile Level level = Level.INFO;
    private static volatile Level libraryLevel = Level.WARN;

    private Logs() {}

    /** Made when the first line is logged. */
    private static final class Writer {
        static final LogWriter INSTANCE = new LogWriter(new FileOutputStream(FileDescriptor.out),
                format == Format.JSON ? new JsonLayout() : new PlainLayout());
    }

    /** Makes this the log of the process, whatever other bindings are on the class path. */
    public static void install() {
        System.setProperty("slf4j.provider", LogProvider.class.getName());
        // Else SLF4J says on each start that it was told so.
        System.setProperty("slf4j.internal.verbosity", "WARN");
    }

    /**
     * Sets what is logged, and how.
     *
     * @param newFormat how lines look
     * @param newLevel from which level on the server's own lines are logged
     * @param newLibraryLevel from which level on all others' are; below {@code INFO} they hold prompts, answers and credentials
     */
    public static void configure(Format newFormat, Level newLevel, Level newLibraryLevel) {
        format = newFormat;
        level = newLevel;
        libraryLevel = newLibraryLevel;
    }

    /**
     * Waits until what was logged has been written.
     *
     * @param limit how long at most
     */
    public static void flush(Duration limit) {
        Writer.INSTANCE.flush(limit);
    }

    static LogWriter writer() {
        return Writer.INSTANCE;
    }

    static Level level(String logger) {
        return logger.startsWith(OURS) ? level
                : logger.equals(NOISE) && libraryLevel == Level.WARN ? Level.ERROR : libraryLevel;
    }
}
