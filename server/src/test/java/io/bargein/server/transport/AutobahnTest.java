package io.bargein.server.transport;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.python.util.jython;

/**
 * RFC 6455 by the Autobahn suite (docs/decisions.md): its fuzzing client, in a process of its own, against an echo in our pipeline. What it
 * finds is compared with {@code autobahn/expected.txt}, line by line: behaviour and close behaviour as the suite judges them, and our close
 * code. Sections 9 (large messages) and 12 and 13 (compression, which we do not offer) are left out.
 */
class AutobahnTest {
    private static final List<String> CASES = List.of("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*");
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final Path out = Path.of("target", "autobahn").toAbsolutePath();

    @Test
    @Timeout(value = 6, unit = TimeUnit.MINUTES)
    void passesTheAutobahnSuite() throws Exception {
        List<String> expected = Files.readAllLines(resource("expected.txt"));
        List<String> results;
        try (EchoServer server = new EchoServer()) {
            results = run("ws://127.0.0.1:" + server.address().getPort() + "/ws");
            await().atMost(Duration.ofSeconds(10)).until(() -> server.connections() == 0);
        }
        assertEquals("", differences(expected, results), () -> "each case has its report in " + out);
    }

    /** What is compared with is good itself: nobody may commit a failure as expected. */
    @Test
    void expectsNoFailure() throws Exception {
        List<String> expected = Files.readAllLines(resource("expected.txt"));
        assertEquals(247, expected.size());
        for (String line : expected) {
            // The suite asks for nothing in three cases, and calls whatever happens there informational.
            String good = line.matches("7\\.(1\\.6|13\\.[12]) .*") ? "INFORMATIONAL INFORMATIONAL"
                    : line.startsWith("6.4.") ? "(OK|NON-STRICT) OK" : "OK OK";
            assertTrue(line.matches("[\\d.]+ " + good + " (\\d{4}|-)"), line);
        }
    }

    private List<String> run(String url) throws Exception {
        Files.createDirectories(out);
        Path results = out.resolve("results.txt");
        Files.deleteIfExists(results);
        Path log = out.resolve("log.txt");
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dpython.cachedir.skip=true", "-cp", classPath(), jython.class.getName(), resource("run.py").toString(), url, out.toString()));
        command.addAll(CASES);
        Process suite = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertTrue(suite.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS), () -> "still running after " + LIMIT + "; see " + log);
        } finally {
            suite.destroyForcibly();
        }
        assertEquals(0, suite.exitValue(), () -> "the suite broke down; see " + log);
        // In these two the suite goes on after a second, and calls a Close that it notices only then not strict. That ours does not wait
        // for more is tested without a clock, in ServerPipelineTest.
        return Files.readAllLines(results).stream().map(line -> line.replaceFirst("^(6\\.4\\.[12]) NON-STRICT ", "$1 OK ")).toList();
    }

    private static String differences(List<String> expected, List<String> results) {
        StringBuilder differences = new StringBuilder();
        expected.stream().filter(line -> !results.contains(line)).forEach(line -> differences.append("expected: ").append(line).append('\n'));
        results.stream().filter(line -> !expected.contains(line)).forEach(line -> differences.append("but was: ").append(line).append('\n'));
        return differences.toString();
    }

    private static String classPath() throws URISyntaxException {
        URL python = AutobahnTest.class.getResource("/autobahntestsuite/wstest.py");
        String suite = python.toString().replaceAll("^jar:|!.*$", "");
        return Path.of(jython.class.getProtectionDomain().getCodeSource().getLocation().toURI()) + File.pathSeparator
                + Path.of(URI.create(suite));
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(AutobahnTest.class.getResource("/autobahn/" + name).toURI());
    }
}
