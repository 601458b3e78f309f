package io.bargein.server;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
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
    private final List<String> lines = new ArrayList<>();
    private boolean ended;

    private ServerProcess(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
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
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-ea", "-Xmx256m", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), main.getName()));
        command.addAll(args);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("BARGEIN_") || name.startsWith("AWS_") || name.equals("PORT"));
        builder.environment().putAll(environment);
        return new ServerProcess(builder.start());
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
            throw new AssertionError("still alive:\n" + String.join("\n", output()));
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
                    throw new AssertionError("no such line:\n" + String.join("\n", lines));
                }
                lines.wait(left);
            }
        }
    }

    /** What it has written so far, to either stream. */
    List<String> output() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void read() {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                }
            }
        } catch (IOException e) {
            // The process was killed.
        } finally {
            synchronized (lines) {
                ended = true;
                lines.notifyAll();
            }
        }
    }
}
