package io.bargein.server.operations.logs;

import java.util.List;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

/** A logger by name: formats what it is told and hands it to the writer. */
final class QueueLogger extends LegacyAbstractLogger implements LoggingEventAware {
    private static final long serialVersionUID = 1L;

    QueueLogger(String name) {
        this.name = name;
    }

    @Override
    public void log(LoggingEvent event) {
        List<KeyValuePair> fields = event.getKeyValuePairs();
        add(event.getLevel(), event.getMessage(), event.getArgumentArray(), fields == null ? List.of() : List.copyOf(fields),
                event.getThrowable());
    }

    @Override
    protected void handleNormalizedLoggingCall(Level level, Marker marker, String message, Object[] arguments, Throwable thrown) {
        add(level, message, arguments, List.of(), thrown);
    }

    private void add(Level level, String message, Object[] arguments, List<KeyValuePair> fields, Throwable thrown) {
        String formatted = arguments == null ? String.valueOf(message) : MessageFormatter.basicArrayFormat(message, arguments);
        Logs.writer().add(new Line(System.currentTimeMillis(), level, name, Thread.currentThread().getName(), formatted, fields, thrown));
    }

    private boolean isEnabled(Level level) {
        return level.toInt() >= Logs.level(name).toInt();
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return isEnabled(Level.ERROR);
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return null;
    }
}
