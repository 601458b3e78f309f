package io.bargein.loadtest.run;

import java.io.IOException;

/** Each prompt cuts in on the answer to the one before it; when is decided beforehand, whatever the server does. */
final class InterruptLoad implements Workload {

    @Override
    public void run(Rig rig) throws IOException, InterruptedException {
        Plan plan = rig.plan();
        rig.look("before", true);
        for (LoadConnection connection : rig.connect(plan.connections())) {
            Workload.cutInAgainAndAgain(plan, connection, plan.rate() / plan.connections());
        }
        rig.measure();
        rig.look("during", false);
        rig.end();
        rig.look("after", true);
    }
}
