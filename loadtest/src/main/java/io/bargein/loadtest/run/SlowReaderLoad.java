package io.bargein.loadtest.run;

import io.bargein.loadtest.report.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * In three parts of the same length: interrupts alone; interrupts beside connections that have asked for a flood and do not read; and, once
 * these read again, their own interrupts.
 */
final class SlowReaderLoad implements Workload {
    private static final Prompt FLOOD = Prompt.of("sim chunks=10000000 bytes=1024 delay_ms=0");

    @Override
    public void run(Rig rig) throws IOException, InterruptedException {
        Plan plan = rig.plan();
        rig.look("before", true);
        List<LoadConnection> others = rig.connect(plan.connections());
        List<LoadConnection> slow = rig.connect(plan.slowReaders());
        for (LoadConnection connection : others) {
            Workload.cutInAgainAndAgain(plan, connection, plan.rate() / plan.connections());
        }
        Duration part = plan.duration().dividedBy(3);
        rig.measure(() -> {
            Rig.await(part);
            rig.look("all read", false);
            rig.phase("slow ones do not read");
            forEach(others, connection -> connection.interruptsAs(Metric.INTERRUPT_BESIDE_SLOW));
            forEach(slow, connection -> {
                connection.onFirstChunk(() -> connection.reading(false));
                connection.prompt(FLOOD);
            });
            Rig.await(part);
            rig.look("slow ones do not read", false);
            rig.phase("slow ones read again");
            Prompt prompt = Prompt.of(plan.script());
            forEach(slow, connection -> {
                connection.onFirstChunk(() -> {});
                connection.interruptsAs(Metric.INTERRUPT_OF_SLOW);
                connection.prompt(prompt);
                connection.reading(true);
            });
            Rig.await(part);
            rig.look("slow ones read again", false);
        });
        rig.end();
        rig.look("after", true);
    }

    private static void forEach(List<LoadConnection> connections, Consumer<LoadConnection> what) {
        for (LoadConnection connection : connections) {
            connection.loop().execute(() -> what.accept(connection));
        }
    }
}
