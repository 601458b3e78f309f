package io.bargein.loadtest;

import java.io.PrintWriter;

/**
 * What a chat shows. Answers are printed as they come; what is said about them stands in brackets on a line of its own, dim on a terminal. No
 * colours: they are to be read on dark and light alike.
 */
final class ChatScreen {
    private static final String DIM = "\u001b[2m";
    private static final String BOLD = "\u001b[1m";
    private static final String RESET = "\u001b[0m";

    private final PrintWriter out;
    private final boolean terminal;
    private final boolean styled;
    private boolean midLine;

    /**
     * @param terminal whether somebody types where this is shown, so that what is typed stands there already
     * @param styled whether dim and bold are understood and wanted
     */
    ChatScreen(PrintWriter out, boolean terminal, boolean styled) {
        this.out = out;
        this.terminal = terminal;
        this.styled = styled;
    }

    /** What the user said. */
    void prompt(String text) {
        if (terminal) {
            midLine = false; // Where it was typed, the line has been ended as well.
        } else {
            line("", "> " + text);
        }
    }

    /** A piece of the answer. */
    void answer(String text) {
        String shown = Terminal.harmless(text);
        if (!shown.isEmpty()) {
            out.print(shown);
            out.flush();
            midLine = !shown.endsWith("\n");
        }
    }

    void note(String text) {
        line(DIM, "[" + Terminal.harmless(text) + "]");
    }

    void error(String text) {
        line(BOLD, "[" + Terminal.harmless(text) + "]");
    }

    private void line(String style, String text) {
        if (midLine) {
            out.println();
        }
        out.println(styled && !style.isEmpty() ? style + text + RESET : text);
        out.flush();
        midLine = false;
    }
}
