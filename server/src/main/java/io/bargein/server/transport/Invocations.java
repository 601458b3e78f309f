package io.bargein.server.transport;

import io.bargein.protocol.InvocationFraming;
import io.bargein.protocol.Limits;
import io.bargein.server.session.SessionServices;
import java.time.Duration;

/**
 * What all invocations of a server share; each part is safe for use by many threads.
 *
 * @param settings what an invocation may do
 * @param framing reads bodies
 * @param pieceBytes how much of a long answer is encoded at a time
 * @param merging whether chunks that wait together become one
 * @param admission a place for each
 * @param bodies how many bytes of bodies there may be
 * @param services what all sessions share
 */
record Invocations(InvocationSettings settings, InvocationFraming framing, int pieceBytes, OutputSettings.Merging merging,
        Admission admission, Budget bodies, SessionServices services) {

    static Invocations of(TransportSettings settings, Admission admission, SessionServices services) {
        InvocationSettings own = settings.http().invocations();
        Limits limits = settings.limits();
        return new Invocations(own,
                new InvocationFraming(new Limits(own.maxInvocationBytes(), Math.min(limits.maxTextBytes(), own.maxInvocationBytes()),
                        limits.maxFrameBytes(), limits.maxFragments())),
                limits.maxFrameBytes(), settings.output().merging(), admission, new Budget(own.maxInvocationsTotalBytes()), services);
    }
}
