package io.bargein.loadtest.run;

import java.io.IOException;
import java.util.Random;

/** What one kind of plan does, from the first connection to the last. */
interface Workload {

    /** @throws IOException if a connection could not be opened */
    void run(Rig rig) throws IOException, InterruptedException;

    static Workload of(Plan.Kind kind) {
        return switch (kind) {
            case INTERRUPT -> new InterruptLoad();
            case THROUGHPUT -> new ThroughputLoad();
            case IDLE -> new IdleLoad();
            case SLOW_READER -> new SlowReaderLoad();
            case CHURN -> new ChurnLoad();
            case SOAK -> new SoakLoad();
        };
    }

    /** Arrivals of one connection, or loop, of which there are so many, with randomness of its own. */
    static Arrivals arrivals(Plan plan, double ratePerSecond, int number) {
        long seed = new Random(plan.seed() * 1_000_003 + number).nextLong();
        return new Arrivals(Rig.TICKER.nanoTime(), ratePerSecond, plan.poisson(), seed);
    }

    /** Has a connection send a prompt at once, and then one whenever it is due, as long as it is open. */
    static void cutInAgainAndAgain(Plan plan, LoadConnection connection, double ratePerSecond) {
        Prompt prompt = Prompt.of(plan.script());
        Arrivals arrivals = arrivals(plan, ratePerSecond, connection.number());
        connection.loop().execute(() -> {
            connection.prompt(prompt);
            connection.whenDue(arrivals, due -> connection.prompt(prompt, due));
        });
    }

    /** Has a connection ask again as soon as an answer is over. */
    static void askAgainAndAgain(LoadConnection connection, Prompt prompt) {
        connection.loop().execute(() -> {
            connection.onTurnOver(() -> connection.prompt(prompt));
            connection.prompt(prompt);
        });
    }
}
