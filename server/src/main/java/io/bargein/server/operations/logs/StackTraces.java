package io.bargein.server.operations.logs;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** Stack traces as lines, those of the causes among them. */
final class StackTraces {
    private StackTraces() {}

    static List<String> lines(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString().lines().toList();
    }
}
