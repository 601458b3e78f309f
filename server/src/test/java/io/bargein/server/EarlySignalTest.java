package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.protocol.Framing;
import io.netty.buffer.ByteBuf;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A signal that comes while the server is still starting. */
class EarlySignalTest {

    /** Is made while the server starts, before it listens; the process has had its signal by then. */
    public static final class SignalsItsProcess implements Framing {
        public SignalsItsProcess() {
            try {
                new ProcessBuilder("kill", "-TERM", String.valueOf(ProcessHandle.current().pid())).start().waitFor();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public boolean accepts(ByteBuf first, boolean text) {
            return false;
        }

        @Override
        public Codec open(Connection connection) {
            throw new UnsupportedOperationException("accepts nothing");
        }
    }

    @Test
    void exitsWith0OnceItHasStarted(@TempDir Path services) throws Exception {
        Path file = services.resolve("META-INF/services/" + Framing.class.getName());
        Files.createDirectories(file.getParent());
        Files.writeString(file, SignalsItsProcess.class.getName());
        try (ServerProcess server = ServerProcess.start(Main.class, Map.of(), List.of("--host=127.0.0.1", "--port=0", "--backend=demo"),
                services + File.pathSeparator + ServerProcess.classPath())) {
            assertEquals(0, server.awaitExit());
            List<String> said = server.output();
            assertTrue(said.stream().anyMatch(line -> line.contains("\"SIGTERM: stopping\"")), said::toString);
            assertTrue(said.stream().anyMatch(line -> line.contains("\"listening on ")), said::toString);
        }
    }
}
