package io.bargein.loadtest.probe;

import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What became of the upstream answers of interrupted turns, as the stand-in saw it. Each interrupted turn is in one of the counts.
 *
 * @param latency of those that were seen: nanoseconds from when the prompt that cut in was due to when the stand-in saw the abort
 * @param bytesAfter of those that were seen: bytes of events that the stand-in sent after the prompt was due
 * @param seen aborted after the prompt was due: the upstream was stopped
 * @param overtaken never asked of the model, so that there was nothing to stop
 * @param completed ended by the stand-in before an abort: in full, by a scripted fault, or refused
 * @param early aborted before the prompt was due, for whatever reason; in no histogram
 * @param running still being answered when the grace was over: the upstream was not stopped, which breaks the server's promise
 * @param atLeast how many values of {@code bytesAfter} are lower bounds, as the stand-in keeps an answer's newest 32 batches
 * @param notStopped the first few of those that are still being answered, in words
 */
public record UpstreamCancels(Histogram latency, Histogram bytesAfter, long seen, long overtaken, long completed, long early, long running,
        long atLeast, List<String> notStopped) {}
