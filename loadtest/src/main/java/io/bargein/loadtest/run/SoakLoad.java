package io.bargein.loadtest.run;

import io.bargein.loadtest.report.Metric;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Hours of what servers meet: most connections cut in, some hear whole answers, some do not read now and then, and others come and go. What
 * drifts shows as a slope.
 */
final class SoakLoad implements Workload {
    private static final Prompt WHOLE_ANSWER = Prompt.of("sim chunks=100 delay_ms=10");
    private static final long SLOW_SECONDS = 5;
    private static final double CONNECTS_PER_SECOND = 5;
    private static final int CONNECTING_AT_A_TIME = 8;

    @Override
    public void run(Rig rig) throws IOException, InterruptedException {
        Plan plan = rig.plan();
        rig.look("before", true);
        List<LoadConnection> all = rig.connect(plan.connections());
        int whole = Math.max(1, all.size() / 5);
        int slow = Math.max(1, all.size() / 10);
        for (int i = 0; i < all.size(); i++) {
            LoadConnection connection = all.get(i);
            if (i < whole) {
                Workload.askAgainAndAgain(connection, WHOLE_ANSWER);
                continue;
            }
            if (i < whole + slow) {
                readNowAndThen(connection);
            }
            Workload.cutInAgainAndAgain(plan, connection, plan.rate() / plan.connections());
        }
        List<Churner> churners = ChurnLoad.start(rig, CONNECTS_PER_SECOND, CONNECTING_AT_A_TIME);
        rig.measure();
        rig.look("during", false);
        ChurnLoad.end(churners);
        rig.end();
        rig.look("after", true);
    }

    private static void readNowAndThen(LoadConnection connection) {
        connection.loop().execute(() -> {
            connection.interruptsAs(Metric.INTERRUPT_OF_SLOW);
            connection.loop().schedule(() -> reading(connection, false), connection.number() % SLOW_SECONDS, TimeUnit.SECONDS);
        });
    }

    private static void reading(LoadConnection connection, boolean reading) {
        if (connection.isOpen()) {
            connection.reading(reading);
            connection.loop().schedule(() -> reading(connection, !reading), SLOW_SECONDS, TimeUnit.SECONDS);
        }
    }
}
