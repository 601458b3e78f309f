package org.elsewhere.app;

import io.bargein.server.BargeinServer;
import io.bargein.server.backend.bedrock.BedrockModel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The server in a stranger's program, with the stranger's model and without what is optional. Built by {@code .ci/consumer} in a project of
 * its own as well, against the installed artifacts.
 */
public final class App {
    private App() {}

    /**
     * Starts a server, talks to it, cuts in on it, and stops it.
     *
     * @param args none
     * @throws Exception if something is not as it should be
     */
    public static void main(String[] args) throws Exception {
        absent("software.amazon.awssdk.core.SdkClient");
        absent("org.apache.commons.cli.CommandLine");
        absent("picocli.CommandLine");
        Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
            e.printStackTrace();
            uncaught.add(e);
        });

        EchoModel model = new EchoModel();
        try (BargeinServer server = BargeinServer.builder().model(model).host("127.0.0.1").port(0)
                .warmUp(BargeinServer.WarmUp.LOCAL).start()) {
            Talk.awaitHealthy(server.address());
            check(model.isPrepared(), "not warmed up, " + uncaught);
            try (Talk talk = new Talk(server.address())) {
                talk.say("one two three");
                talk.hear("{\"type\":\"chunk\",\"data\":\"one ");
                talk.hearOut("{\"type\":\"complete\",\"fullResponse\":\"one two three\"}");
                talk.say(EchoModel.FOREVER);
                talk.hear("{\"type\":\"chunk\",\"data\":\"forever\"}");
                talk.say("stop");
                talk.hear("{\"type\":\"interrupted\",\"partialResponse\":\"forever\"}");
                talk.hearOut("{\"type\":\"complete\",\"fullResponse\":\"stop\"}");
            }
        }
        check(model.isClosed(), "the model was left open");
        check(uncaught.isEmpty(), uncaught.toString());
        System.out.println(App.class.getModule() + ": answered, cut in on, closed; " + bedrock());
    }

    /** What a stranger is told who asks for Bedrock without the SDK. */
    private static String bedrock() {
        try {
            return "got " + BedrockModel.builder();
        } catch (IllegalStateException e) {
            return e.getMessage();
        }
    }

    private static void absent(String name) {
        try {
            throw new AssertionError(Class.forName(name, false, App.class.getClassLoader()) + " (expected: not to be there)");
        } catch (ClassNotFoundException e) {
            // As it should be.
        }
    }

    private static void check(boolean ok, String what) {
        if (!ok) {
            throw new AssertionError(what);
        }
    }
}
