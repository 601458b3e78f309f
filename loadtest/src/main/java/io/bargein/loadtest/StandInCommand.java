package io.bargein.loadtest;

import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.loadtest.standin.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the Bedrock stand-in until the process is told to stop. */
@Command(name = "standin", mixinStandardHelpOptions = true, showDefaultValues = true, usageHelpAutoWidth = true, sortOptions = false,
        description = "Stands in for Amazon Bedrock's ConverseStream, over HTTP/1.1 and HTTP/2.")
final class StandInCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--host", paramLabel = "ADDRESS", defaultValue = "127.0.0.1", description = "Address to listen on")
    private String host;

    @Option(names = "--port", paramLabel = "N", defaultValue = "9000", description = "Port for HTTP/1.1 and h2c; 0 takes a free one")
    private int port;

    @Option(names = "--tls-port", paramLabel = "N", defaultValue = "-1", description = "Port for TLS with ALPN; 0 takes a free one, -1 is none")
    private int tlsPort;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "2", description = "Event loops")
    private int threads;

    @Option(names = "--script", paramLabel = "FILE", description = "What to answer, as JSON; by default each prompt says it itself")
    private Path script;

    @Override
    public Integer call() throws InterruptedException {
        BedrockStandIn standIn;
        try {
            standIn = BedrockStandIn.builder().host(host).port(port).tlsPort(tlsPort).threads(threads).script(script()).start();
        } catch (IOException | IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(standIn::close, "standin-stop"));
        spec.commandLine().getOut().println("stand-in listens on " + standIn.uri() + (tlsPort < 0 ? "" : " and " + standIn.tlsUri()));
        spec.commandLine().getOut().flush();
        standIn.awaitClosed();
        return 0;
    }

    private Script script() throws IOException {
        if (script == null) {
            return Script.of();
        }
        try {
            return Script.parse(Files.readString(script));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--script " + script + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException("--script: " + script + " (expected: a file that can be read)", e);
        }
    }
}
