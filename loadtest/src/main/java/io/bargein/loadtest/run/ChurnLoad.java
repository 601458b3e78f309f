package io.bargein.loadtest.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Connections come, are upgraded, and go. */
final class ChurnLoad implements Workload {

    @Override
    public void run(Rig rig) throws IOException, InterruptedException {
        Plan plan = rig.plan();
        // One beforehand, so that a server that is not there is told from one that fails under load.
        LoadConnection pilot = rig.connect(1).get(0);
        pilot.loop().execute(pilot::close);
        rig.look("before", true);
        List<Churner> churners = start(rig, plan.rate(), plan.connections());
        rig.measure();
        rig.look("during", false);
        end(churners);
        rig.end();
        rig.look("after", true);
    }

    /** One for each loop. */
    static List<Churner> start(Rig rig, double ratePerSecond, int atATime) {
        List<Churner> churners = new ArrayList<>();
        int loops = rig.loops().size();
        for (int i = 0; i < loops; i++) {
            Arrivals arrivals = Workload.arrivals(rig.plan(), ratePerSecond / loops, -1 - i);
            churners.add(new Churner(rig.plan(), rig.handshakes(), rig.loops().get(i), arrivals, Math.max(1, atATime / loops)));
        }
        churners.forEach(Churner::start);
        return churners;
    }

    static void end(List<Churner> churners) throws InterruptedException {
        for (Churner churner : churners) {
            churner.end();
        }
    }
}
