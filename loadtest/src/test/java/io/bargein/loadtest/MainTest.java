package io.bargein.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.json.Json;
import io.bargein.loadtest.run.FloorPeer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    private static final String NOWHERE = "--url=ws://127.0.0.1:1/ws";

    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    @Test
    void refusesBadInputInOneLine() throws IOException {
        Path script = Files.writeString(directory.resolve("script.json"), "{\"replies\":7}");
        assertRefused("no tool named");
        assertRefused("'--port'", "standin", "--port=x");
        assertRefused("Unknown option", "standin", "--bogus");
        assertRefused("replies: 7 (expected: an array)", "standin", "--port=0", "--script=" + script);
        assertRefused("(expected: a file that can be read)", "standin", "--port=0", "--script=" + directory.resolve("none"));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertRefused("(expected: a free port of this machine)", "standin", "--port=" + taken.getLocalPort());
        }
    }

    @Test
    void refusesToMeasureWhatCannotBeMeasured() throws IOException {
        assertRefused("--url, --runtime-arn: neither (expected: one of them)", "run");
        assertRefused("--url: http://127.0.0.1/ws (expected: ws://host:port/ws or wss://host/ws)",
                "run", "--url=http://127.0.0.1/ws");
        assertRefused("'lunch' is no plan (expected: one of interrupt, throughput, idle, slow-reader, churn, soak)", "run", NOWHERE, "--plan=lunch");
        assertRefused("'soon' is no time (expected: 500ms, 10s, 58m, 2h, or a number of seconds)", "run", NOWHERE, "--duration=soon");
        assertRefused("--duration: PT0.01S (expected: 100ms to 720h)", "run", NOWHERE, "--duration=10ms");
        assertRefused("--connections: 0 (expected: 1 to 1000000)", "run", NOWHERE, "--connections=0");
        assertRefused("--slo: p99.lunch=5ms (expected: p50.interrupt=1ms", "run", NOWHERE, "--slo=p99.lunch=5ms");
        assertRefused("connect: ws://127.0.0.1:1/ws, connection 1 (expected: a server that upgrades): ", "run", NOWHERE);
        assertRefused("--pid: 999999999 (expected: ", "run", NOWHERE, "--pid=999999999");
        assertRefused("--standin: http://127.0.0.1:1 (expected: ", "run", NOWHERE, "--standin=http://127.0.0.1:1");
        Path file = Files.writeString(directory.resolve("file"), "");
        assertRefused("--out: " + file.resolve("reports") + " (expected: a folder that can be written to)", "run", NOWHERE, "--out=" + file.resolve("reports"));
    }

    @Test
    void printsNothingButTheReportWhereItIsToGoToStandardOutput() throws IOException {
        StringWriter out = new StringWriter();
        try (FloorPeer peer = new FloorPeer()) {
            int exit = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute("run", "--url=" + peer.url(),
                    "--connections=2", "--rate=50", "--duration=500ms", "--warmup=0s", "--json=-", "--slo=max.interrupt=1000s");
            assertEquals(0, exit, err.toString());
        }
        assertEquals("interrupt", Json.object(Json.object(Json.read(out.toString())).get("configuration")).get("plan"));
        assertTrue(err.toString().contains("verdict     PASS"), err.toString());
    }

    @Test
    void leavesAllFormsOfTheReportInAFolderAndSaysWhenAnObjectiveIsMissed() throws IOException {
        StringWriter out = new StringWriter();
        Path reports = directory.resolve("new/reports");
        try (FloorPeer peer = new FloorPeer()) {
            int exit = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute("run", "--url=" + peer.url(),
                    "--connections=2", "--rate=50", "--duration=500ms", "--warmup=0s", "--out=" + reports, "--slo=max.interrupt=0.001us");
            assertEquals(1, exit, out.toString());
        }
        assertTrue(out.toString().contains("max.interrupt=0.001us"), out.toString());
        assertTrue(Files.readString(reports.resolve("report.html")).contains("</html>"));
        assertTrue(Files.readString(reports.resolve("report.hlog")).contains("HISTF"));
        assertEquals(0, Main.commandLine().setOut(new PrintWriter(out)).execute("compare", reports.resolve("report.json").toString(),
                reports.resolve("report.json").toString()));
    }

    private void assertRefused(String complaint, String... args) {
        err.getBuffer().setLength(0);
        assertEquals(2, Main.commandLine().setErr(new PrintWriter(err, true)).execute(args));
        assertTrue(err.toString().contains(complaint), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
    }
}
