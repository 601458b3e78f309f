package io.bargein.loadtest.run;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Connections that do nothing, and then ask one question each: what does each cost the server? */
final class IdleLoad implements Workload {
    private static final int ASKING_AT_A_TIME = 64;
    private static final long TURNS_TIMEOUT_SECONDS = 120;
    private static final Duration SETTLE = Duration.ofSeconds(2);

    @Override
    public void run(Rig rig) throws IOException, InterruptedException {
        Plan plan = rig.plan();
        rig.look("none", true);
        int few = plan.connections() / 10;
        stage(rig, few);
        long heapOfFew = usedHeap();
        stage(rig, plan.connections() - few);
        rig.clientHeapBytesPerConnection((usedHeap() - heapOfFew) / (plan.connections() - few));
        // What idles on is part of what is asked: pings come, and nothing else.
        rig.phase("idle");
        Rig.await(plan.duration());
        rig.look("idle on", true);
        rig.end();
        rig.look("closed", true);
    }

    private static void stage(Rig rig, int more) throws IOException, InterruptedException {
        if (more == 0) {
            return;
        }
        rig.phase("connecting");
        List<LoadConnection> added = rig.connect(more);
        Rig.await(SETTLE);
        rig.look("connected", true);
        rig.phase("a turn each");
        rig.count(() -> turnEach(rig.plan(), added));
        Rig.await(SETTLE);
        rig.look("after a turn each", true);
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** So many at a time, so that the answers themselves take little of the server's memory. */
    private static void turnEach(Plan plan, List<LoadConnection> connections) throws InterruptedException {
        Prompt prompt = Prompt.of(plan.script());
        Queue<LoadConnection> waiting = new ArrayDeque<>(connections);
        CountDownLatch over = new CountDownLatch(connections.size());
        for (int i = 0; i < ASKING_AT_A_TIME; i++) {
            askNext(prompt, waiting, over);
        }
        over.await(TURNS_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private static void askNext(Prompt prompt, Queue<LoadConnection> waiting, CountDownLatch over) {
        LoadConnection next;
        synchronized (waiting) {
            next = waiting.poll();
        }
        if (next != null) {
            next.loop().execute(() -> {
                next.onTurnOver(() -> {
                    over.countDown();
                    askNext(prompt, waiting, over);
                });
                next.prompt(prompt);
            });
        }
    }
}
