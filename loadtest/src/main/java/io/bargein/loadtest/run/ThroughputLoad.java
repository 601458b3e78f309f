package io.bargein.loadtest.run;

import java.io.IOException;

/** Each prompt waits for the whole answer to the one before it. */
final class ThroughputLoad implements Workload {

    @Override
    public void run(Rig rig) throws IOException, InterruptedException {
        rig.look("before", true);
        Prompt prompt = Prompt.of(rig.plan().script());
        for (LoadConnection connection : rig.connect(rig.plan().connections())) {
            Workload.askAgainAndAgain(connection, prompt);
        }
        rig.measure();
        rig.look("during", false);
        rig.end();
        rig.look("after", true);
    }
}
