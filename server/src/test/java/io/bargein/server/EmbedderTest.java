package io.bargein.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.elsewhere.app.App;
import org.junit.jupiter.api.Test;

/** A stranger's program with the server in it. {@code .ci/consumer} builds the same against the artifacts. */
class EmbedderTest {

    @Test
    void servesAModelOfItsOwnWithoutTheSdkAndWhatReadsFlags() throws Exception {
        String classPath = Arrays.stream(ServerProcess.classPath().split(File.pathSeparator))
                .filter(entry -> !entry.matches(".*(software.amazon|reactive-streams|picocli|commons-cli).*")).collect(Collectors.joining(File.pathSeparator));
        try (ServerProcess app = ServerProcess.start(App.class, Map.of(), List.of(), classPath)) {
            String last = app.awaitLine(line -> line.contains(": answered, cut in on, closed; "));
            assertTrue(last.endsWith("; AWS SDK: no software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient"
                    + " (expected: software.amazon.awssdk:bedrockruntime and software.amazon.awssdk:netty-nio-client among the application's"
                    + " own dependencies)"), last);
            assertEquals(0, app.awaitExit());
        }
    }
}
