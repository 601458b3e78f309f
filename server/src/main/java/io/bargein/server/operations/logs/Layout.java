package io.bargein.server.operations.logs;

import java.io.IOException;
import java.io.StringWriter;

/** How a line is written. Used by the writer's thread alone. */
interface Layout {
    /** Appends the line, with the end of line. */
    void render(Line line, StringWriter out) throws IOException;
}
