package io.bargein.server.operations;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A process whose stopping never comes to an end. */
public final class NeverStops {
    private NeverStops() {}

    public static void main(String[] args) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        StopSignals signals = StopSignals.install(never::await, limit -> System.out.println("log flushed"), Duration.parse(args[0]));
        System.out.println("installed");
        signals.await();
    }
}
