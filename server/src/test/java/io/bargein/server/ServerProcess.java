package io.bargein.server;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Java program of its own, as an operator starts and stops it; the server, unless a test says otherwise. Every wait is bounded. */
final class ServerProcess implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(45);
    private static final Pattern LISTENING = Pattern.compile("listening on \\S*?:(\\d+) over");

    private final Process process;
    /** Standard output, where the log goes; guards the two below as well. */
    private final List<String> lines = new ArrayList<>();
    /** Standard error, where the JVM has its say too: told when a test fails. */
    private final List<String> errors = new ArrayList<>();
    private boolean ended;

    private ServerProcess(Process process) {
        this.process = process;
        read(process.getInputStream(), lines, () -> ended = true);
        read(process.getErrorStream(), errors, () -> {});
    }

    /** Starts the server on a free loopback port and waits until it listens. */
    static ServerProcess server(Map<String, String> environment, String... args) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--host=127.0.0.1", "--port=0"));
        all.addAll(List.of(args));
        ServerProcess server = start(Main.class, environment, all);
        server.awaitLine(line -> LISTENING.matcher(line).find());
        return server;
    }

    static ServerProcess start(Class<?> main, Map<String, String> environment, List<String> args) throws IOException {
        return start(main, environment, args, classPath());
    }

    static ServerProcess start(Class<?> main, Map<String, String> environment, List<String> args, String classPath) throws IOException {
        List<String> command = new ArrayList<>();
        if (System.getProperty("os.name").equals("Linux")) {
            // Whoever started the tests in the background may have had SIGINT ignored, and a JVM keeps to that.
            command.addAll(List.of("env", "--default-signal=INT"));
        }
        command.addAll(List.of(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java", "-ea", "-Xmx256m", "-cp",
                classPath, main.getName()));
        command.addAll(args);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("BARGEIN_") || name.startsWith("AWS_") || name.equals("PORT"));
        builder.environment().putAll(environment);
        return new ServerProcess(builder.start());
    }

    /** Of the tests, which is everything. */
    static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    InetSocketAddress address() throws InterruptedException {
        Matcher matcher = LISTENING.matcher(awaitLine(line -> LISTENING.matcher(line).find()));
        if (!matcher.find()) {
            throw new AssertionError("no port");
        }
        return new InetSocketAddress("127.0.0.1", Integer.parseInt(matcher.group(1)));
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO().start().waitFor();
    }

    /** The exit code; fails if it does not come. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still alive:\n" + all());
        }
        synchronized (lines) {
            while (!ended) {
                lines.wait(LIMIT.toMillis());
            }
        }
        return process.exitValue();
    }

    /** The first line that is wanted, once it is there. */
    String awaitLine(Predicate<String> wanted) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        synchronized (lines) {
            while (true) {
                for (String line : lines) {
                    if (wanted.test(line)) {
                        return line;
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (ended || left <= 0) {
                    throw new AssertionError("no such line:\n" + all());
                }
                lines.wait(left);
            }
        }
    }

    /** What it has written to standard output so far. */
    List<String> output() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private String all() {
        synchronized (lines) {
            return String.join("\n", lines) + "\n" + String.join("\n", errors);
        }
    }

    private void read(InputStream from, List<String> to, Runnable atEnd) {
        Thread thread = new Thread(() -> {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    synchronized (lines) {
                        to.add(line);
                        lines.notifyAll();
                    }
                }
            } catch (IOException e) {
                // The process was killed.
            } finally {
                synchronized (lines) {
                    atEnd.run();
                    lines.notifyAll();
                }
            }
        }, "output of " + process.pid());
        thread.setDaemon(true);
        thread.start();
    }
}
