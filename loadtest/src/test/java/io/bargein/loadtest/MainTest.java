package io.bargein.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

    private void assertRefused(String complaint, String... args) {
        err.getBuffer().setLength(0);
        assertEquals(2, Main.commandLine().setErr(new PrintWriter(err, true)).execute(args));
        assertTrue(err.toString().contains(complaint), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
    }
}
