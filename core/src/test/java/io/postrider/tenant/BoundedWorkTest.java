package io.postrider.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BoundedWorkTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final AtomicInteger running = new AtomicInteger();

    @AfterEach
    void stop() {
        goOn.countDown();
        threads.shutdownNow();
    }

    @Test
    void asMuchAgainShouldWaitForItsTurnAndTheRestBePutOffAtOnce() throws Exception {
        BoundedWork work = new BoundedWork(2, Duration.ofSeconds(20));
        List<Future<Optional<Integer>>> inside = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            inside.add(threads.submit(() -> work.tryRun(this::hold)));
        }
        await().until(() -> running.get() == 2 && work.isFull());

        long start = System.nanoTime();
        assertThat(work.tryRun(() -> 1)).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));

        goOn.countDown();
        for (Future<Optional<Integer>> each : inside) {
            assertThat(each.get()).isPresent();
        }
        assertThat(work.tryRun(() -> 1)).contains(1);
    }

    @Test
    void aTurnThatDoesNotComeInTimeShouldBeGivenUp() throws Exception {
        BoundedWork work = new BoundedWork(1, Duration.ofMillis(50));
        Future<Optional<Integer>> first = threads.submit(() -> work.tryRun(this::hold));
        await().until(() -> running.get() == 1);

        assertThat(work.tryRun(() -> 1)).isEmpty();

        goOn.countDown();
        assertThat(first.get()).isPresent();
        assertThat(work.tryRun(() -> 1)).contains(1);
    }

    private Integer hold() {
        int number = running.incrementAndGet();
        try {
            goOn.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return number;
    }
}
