package io.bargein.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A real browser without a window, which opens one page and says what became of it. */
public final class Chromium {
    /** How long a page may take, start of the browser included. */
    private static final long TIMEOUT_SECONDS = 60;
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
    /** As in {@code [1:1:0101/000000.000000:INFO:CONSOLE:7] "what was said", source: file:///page.html (7)}: all is INFO there. */
    private static final Pattern CONSOLE = Pattern.compile("^\\[[^\\]]*:CONSOLE[:(][^\\]]*\\] (.*)$");

    private final Path executable;

    private Chromium(Path executable) {
        this.executable = executable;
    }

    /**
     * What became of a page.
     *
     * @param dom the page as it stands when its scripts have run
     * @param console the first line of each message in its console: what its scripts logged, errors, what its policy refused
     */
    public record Visit(String dom, List<String> console) {}

    /**
     * Looks for one.
     *
     * @return the browser, or null where there is none in the path or in /usr/bin
     */
    public static Chromium find() {
        List<String> directories = new ArrayList<>(List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)));
        directories.add("/usr/bin");
        for (String name : NAMES) {
            for (String directory : directories) {
                Path candidate = Path.of(directory, name);
                if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                    return new Chromium(candidate);
                }
            }
        }
        return null;
    }

    /**
     * Opens a page, waits until it has loaded, and closes the browser.
     *
     * @param page where it is
     * @param arguments more of the browser's own, such as {@code --virtual-time-budget=5000} for a page that goes on after that
     * @return what became of it
     * @throws IOException if the browser cannot be run, or takes too long
     * @throws InterruptedException if the calling thread is interrupted
     */
    public Visit open(URI page, String... arguments) throws IOException, InterruptedException {
        Path home = Files.createTempDirectory("chromium");
        try {
            Path dom = home.resolve("dom.html");
            Path log = home.resolve("log.txt");
            List<String> command = command(home);
            command.addAll(List.of("--enable-logging=stderr", "--v=0", "--dump-dom"));
            command.addAll(List.of(arguments));
            command.add(page.toString());
            Process process = new ProcessBuilder(command).redirectOutput(dom.toFile()).redirectError(log.toFile()).start();
            try {
                if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException(page + ": not there in " + TIMEOUT_SECONDS + " s: " + Files.readString(log));
                }
                if (process.exitValue() != 0) {
                    throw new IOException(executable + ": exit " + process.exitValue() + " (expected: 0): " + Files.readString(log));
                }
            } finally {
                end(process);
            }
            return new Visit(Files.readString(dom), console(log));
        } finally {
            delete(home);
        }
    }

    private List<String> command(Path home) {
        return new ArrayList<>(List.of(executable.toString(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-default-apps", "--disable-extensions", "--user-data-dir=" + home.resolve("profile")));
    }

    /**
     * Opens a page that stays open.
     *
     * @param page where it is
     * @return the page, to be closed
     * @throws IOException if the browser cannot be run, or takes too long
     * @throws InterruptedException if the calling thread is interrupted
     */
    public ChromiumTab stay(URI page) throws IOException, InterruptedException {
        Path home = Files.createTempDirectory("chromium");
        List<String> command = command(home);
        command.addAll(List.of("--remote-debugging-port=0", "about:blank"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(home.resolve("log.txt").toFile()).start();
        Runnable end = () -> {
            end(process);
            delete(home);
        };
        try {
            return new ChromiumTab(devTools(process, home), page, end);
        } catch (IOException | InterruptedException e) {
            end.run();
            throw e;
        }
    }

    /** The browser writes the port it took into a file of its profile. */
    private static URI devTools(Process process, Path home) throws IOException, InterruptedException {
        Path port = home.resolve("profile/DevToolsActivePort");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        // The second line is a path; the file is whole when that is there.
        while (!Files.exists(port) || Files.readAllLines(port).size() < 2) {
            if (System.nanoTime() > deadline || process.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw new IOException("chromium: no debugging port: " + Files.readString(home.resolve("log.txt")));
            }
        }
        return URI.create("http://127.0.0.1:" + Files.readAllLines(port).get(0));
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }

    private static List<String> console(Path log) throws IOException {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = Files.newBufferedReader(log, StandardCharsets.UTF_8)) {
            reader.lines().map(CONSOLE::matcher).filter(Matcher::matches).forEach(line -> lines.add(line.group(1)));
        }
        return lines;
    }

    private static void delete(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            return; // a child of the browser's may still be ending: what it writes is no test's business
        }
    }
}
