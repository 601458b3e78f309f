package io.bargein.loadtest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.bargein.loadtest.client.RuntimeTarget;
import io.bargein.loadtest.client.WsRequest;
import io.bargein.loadtest.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints what a handshake says, for other clients. Nothing is sent. Exit codes: 0, or 2 when there is nothing to print. */
@Command(name = "connect", mixinStandardHelpOptions = true, usageHelpAutoWidth = true, sortOptions = false,
        description = "Prints a runtime's WebSocket URL and headers, or a presigned URL, for use with other clients. What it prints is a secret "
                + "while it is good: a signature for minutes, a token for longer.")
final class ConnectCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConnectionOptions connection;

    @Option(names = "--session-id", paramLabel = "ID", description = "Which conversation: 33 to 256 characters for an ARN; by default a new one")
    private String sessionId;

    @Option(names = "--json", description = "As JSON: url, headers, subprotocols")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try {
            RuntimeTarget target = connection.target();
            WsRequest request = target.handshake(sessionId);
            if (json) {
                writeJson(out, request);
            } else {
                writeText(out, request);
            }
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            throw new ParameterException(spec.commandLine(), message.startsWith("session-id") ? "--" + message : message, e);
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        out.flush();
        return 0;
    }

    private static void writeText(PrintWriter out, WsRequest request) {
        out.println(request.uri());
        request.headers().forEach((name, value) -> out.println(name + ": " + value));
        if (!request.subprotocols().isEmpty()) {
            out.println("Sec-WebSocket-Protocol: " + String.join(", ", request.subprotocols()));
        }
    }

    private static void writeJson(PrintWriter out, WsRequest request) throws IOException {
        JsonGenerator generator = Json.FACTORY.createGenerator(out);
        generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        generator.writeStartObject();
        generator.writeStringField("url", request.uri().toString());
        generator.writeObjectFieldStart("headers");
        for (Map.Entry<String, String> header : request.headers().entrySet()) {
            generator.writeStringField(header.getKey(), header.getValue());
        }
        generator.writeEndObject();
        generator.writeArrayFieldStart("subprotocols");
        for (String subprotocol : request.subprotocols()) {
            generator.writeString(subprotocol);
        }
        generator.writeEndArray();
        generator.writeEndObject();
        generator.close();
        out.println();
    }
}
