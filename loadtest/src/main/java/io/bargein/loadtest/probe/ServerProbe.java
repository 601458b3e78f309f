package io.bargein.loadtest.probe;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks at a server's process from outside, on Linux: by {@code /proc}, and, for the heap, by the JDK's {@code jcmd}. Knows nothing of what
 * the process is. May be used by any thread.
 */
public final class ServerProbe {
    private static final long CHILD_TIMEOUT_SECONDS = 10;
    private static final long DEFAULT_TICKS_A_SECOND = 100;
    private static final long SIGQUIT_BIT = 1L << 3 - 1;
    private static final long NO_HEAP = -1;

    private final long pid;
    private final Path process;
    private final long startTicks;
    private final long tickNanos;
    private final long jcmdTimeoutSeconds;

    private ServerProbe(long pid, Path process, long startTicks, long tickNanos, long jcmdTimeoutSeconds) {
        this.pid = pid;
        this.process = process;
        this.startTicks = startTicks;
        this.tickNanos = tickNanos;
        this.jcmdTimeoutSeconds = jcmdTimeoutSeconds;
    }

    /**
     * Finds a process.
     *
     * @param pid its number
     * @return a probe of it; if it ends and another takes its number, that one is not looked at
     * @throws IOException if there is none, or it may not be looked at
     */
    public static ServerProbe of(long pid) throws IOException {
        return of(pid, CHILD_TIMEOUT_SECONDS);
    }

    static ServerProbe of(long pid, long jcmdTimeoutSeconds) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        try {
            long startTicks = ProcStat.read(process).startTicks();
            ServerProbe probe = new ServerProbe(pid, process, startTicks, 1_000_000_000L / ticksASecond(), jcmdTimeoutSeconds);
            probe.sample();
            return probe;
        } catch (IOException e) {
            throw new IOException("--pid: " + pid + " (expected: a process of this machine that may be looked at, under /proc): " + e, e);
        }
    }

    /**
     * Looks at the process; it does not notice.
     *
     * @return what it uses now, without the heap
     * @throws IOException if it has ended
     */
    public ServerSample sample() throws IOException {
        return sample(NO_HEAP);
    }

    /**
     * Looks at the process after a full collection, if it is a JVM that answers {@code jcmd}; to any other nothing is done. Takes as long as
     * the collection, 20 s at most. A JVM with {@code -XX:+DisableExplicitGC} collects nothing.
     *
     * @return what it uses then
     * @throws IOException if it has ended
     */
    public ServerSample sampleAfterGc() throws IOException {
        return sample(heapAfterGc());
    }

    private ServerSample sample(long heapBytes) throws IOException {
        try {
            ProcStat stat = ProcStat.read(process);
            String status = status();
            ServerSample sample = new ServerSample(number(status, "VmRSS", 10) << 10, heapBytes, descriptors(),
                    (int) number(status, "Threads", 10), stat.cpuTicks() * tickNanos);
            if (isOurs(stat)) {
                return sample;
            }
        } catch (IOException e) {
            if (isRunning()) {
                throw e;
            }
        }
        throw new IOException("server: process " + pid + " has ended (expected: to run as long as the load does; its own log may say why)");
    }

    private boolean isRunning() {
        try {
            return isOurs(ProcStat.read(process));
        } catch (IOException e) {
            return false;
        }
    }

    private boolean isOurs(ProcStat stat) {
        return stat.startTicks() == startTicks && !stat.ended();
    }

    private String status() throws IOException {
        return Files.readString(process.resolve("status"), StandardCharsets.ISO_8859_1);
    }

    private static long number(String status, String name, int radix) throws IOException {
        Matcher line = Pattern.compile("(?m)^" + name + ":\\s+(\\p{XDigit}+)").matcher(status);
        if (!line.find()) {
            throw new IOException(name + ": missing in its status (expected: a process with memory of its own)");
        }
        return Long.parseUnsignedLong(line.group(1), radix);
    }

    private int descriptors() throws IOException {
        String[] open = process.resolve("fd").toFile().list();
        if (open == null) {
            throw new IOException("fd: may not be read (expected: a process of this user)");
        }
        return open.length;
    }

    private long heapAfterGc() throws IOException {
        if (!mayBeAsked() || jcmd("GC.run") == null) {
            return NO_HEAP;
        }
        String info = jcmd("GC.heap_info");
        return info == null ? NO_HEAP : HeapInfo.bytesInUse(info);
    }

    /** {@code jcmd} begins with a SIGQUIT, which ends what does not expect it: anything but a JVM, and a JVM that starts or is under {@code -Xrs}. */
    private boolean mayBeAsked() {
        try {
            return isRunning() && Files.readString(process.resolve("maps"), StandardCharsets.ISO_8859_1).contains("/libjvm.so")
                    && (number(status(), "SigCgt", 16) & SIGQUIT_BIT) != 0;
        } catch (IOException e) {
            return false; // Another user's, or gone: the sample says which.
        }
    }

    /** What the command printed; null if it failed or took too long. */
    private String jcmd(String command) throws IOException {
        File own = new File(System.getProperty("java.home"), "bin/jcmd");
        return output(jcmdTimeoutSeconds, own.canExecute() ? own.getPath() : "jcmd", Long.toString(pid), command);
    }

    private static long ticksASecond() throws IOException {
        String ticks = output(CHILD_TIMEOUT_SECONDS, "getconf", "CLK_TCK");
        return ticks != null && ticks.strip().matches("[1-9]\\d{0,8}") ? Long.parseLong(ticks.strip()) : DEFAULT_TICKS_A_SECOND;
    }

    /** Short outputs only: a pipe holds 64 KiB, and is read once the child has ended. */
    private static String output(long timeoutSeconds, String... command) throws IOException {
        Process child;
        try {
            child = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            return null; // There is no such program here.
        }
        try {
            boolean ended = child.waitFor(timeoutSeconds, TimeUnit.SECONDS);
            return ended && child.exitValue() == 0 ? new String(child.getInputStream().readAllBytes(), StandardCharsets.US_ASCII) : null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(command[0] + ": interrupted");
        } finally {
            child.destroyForcibly();
        }
    }
}
