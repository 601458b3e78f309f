package io.bargein.loadtest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.TypeConversionException;

/**
 * Timed prompts, one step a line; empty lines and those that begin with {@code #} say nothing.
 *
 * <pre>
 * ask TEXT            asks; nothing may be being answered
 * interrupt TEXT      asks while something is being answered, which has to end as interrupted
 * wait TIME           waits, as 500ms or 2s
 * await first-chunk   waits for the first chunk of the newest answer
 * await end           waits for the newest answer to be complete, which is also how a script ends
 * </pre>
 */
final class ChatScript {
    private static final String EXPECTED = " (expected: ask TEXT, interrupt TEXT, wait TIME, await first-chunk or await end)";

    /** One line's. */
    sealed interface Step {
        int line();
    }

    record Ask(int line, String text) implements Step {}

    record Interrupt(int line, String text) implements Step {}

    record Wait(int line, Duration time) implements Step {}

    record AwaitFirstChunk(int line) implements Step {}

    record AwaitEnd(int line) implements Step {}

    private ChatScript() {}

    /** @throws IllegalArgumentException if it is no script, with the line's number */
    static List<Step> parse(String script) {
        List<Step> steps = new ArrayList<>();
        int number = 0;
        for (String raw : script.split("\\R", -1)) {
            number++;
            String line = raw.strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                steps.add(step(number, line));
            }
        }
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("no step" + EXPECTED);
        }
        return steps;
    }

    private static Step step(int number, String line) {
        String[] parts = line.split("\\s+", 2);
        String rest = parts.length == 2 ? parts[1] : "";
        switch (parts[0]) {
            case "ask", "interrupt":
                if (rest.isEmpty()) {
                    throw new IllegalArgumentException("line " + number + ": " + parts[0] + " without a text" + EXPECTED);
                }
                return parts[0].equals("ask") ? new Ask(number, rest) : new Interrupt(number, rest);
            case "wait":
                try {
                    return new Wait(number, new Durations().convert(rest));
                } catch (TypeConversionException e) {
                    throw new IllegalArgumentException("line " + number + ": " + e.getMessage(), e);
                }
            case "await":
                if (rest.equals("first-chunk")) {
                    return new AwaitFirstChunk(number);
                }
                if (rest.equals("end")) {
                    return new AwaitEnd(number);
                }
                break;
            default:
                break;
        }
        throw new IllegalArgumentException("line " + number + ": " + line + EXPECTED);
    }
}
