package io.bargein.server.transport;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A budget gives what there is, no more, and refuses nothing that there is room for. */
@Timeout(60)
class BudgetTest {
    private static final int ROUNDS = 200_000;

    @Test
    void givesWhatThereIsAndNoMore() {
        Budget budget = new Budget(10);
        assertTrue(budget.take(0));
        assertTrue(budget.take(7));
        assertFalse(budget.take(4));
        assertFalse(budget.take(Long.MAX_VALUE));
        assertTrue(budget.take(3));
        assertFalse(budget.take(1));
        assertTrue(budget.take(0));
        budget.giveBack(2);
        assertTrue(budget.take(2));
        assertFalse(budget.take(1));
    }

    /** One asks for too much all the time; the other for what there always is. */
    @Test
    void refusesNobodyForTheSakeOfARefusedOne() throws Exception {
        Budget budget = new Budget(10);
        inTwoThreads(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                assertFalse(budget.take(11));
            }
        }, () -> {
            for (int i = 0; i < ROUNDS; i++) {
                assertTrue(budget.take(10));
                budget.giveBack(10);
            }
        });
        assertTrue(budget.take(10));
    }

    @Test
    void givesNoMoreToManyThreadsEither() throws Exception {
        Budget budget = new Budget(3);
        AtomicLong held = new AtomicLong();
        Runnable taker = () -> {
            for (int i = 0; i < ROUNDS; i++) {
                if (budget.take(2)) {
                    assertTrue(held.addAndGet(2) <= 3);
                    held.addAndGet(-2);
                    budget.giveBack(2);
                }
            }
        };
        inTwoThreads(taker, taker);
        assertTrue(budget.take(3));
    }

    private static void inTwoThreads(Runnable one, Runnable other) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            CountDownLatch both = new CountDownLatch(2);
            Future<?> first = threads.submit(() -> afterwards(both, one));
            Future<?> second = threads.submit(() -> afterwards(both, other));
            first.get(30, TimeUnit.SECONDS);
            second.get(30, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }
    }

    private static Void afterwards(CountDownLatch both, Runnable task) throws InterruptedException {
        both.countDown();
        both.await();
        task.run();
        return null;
    }
}
