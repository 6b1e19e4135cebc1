package io.postrider.tenant;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs so much expensive work at the same time and no more; as much again may wait a while for its turn. Safe for concurrent use. */
public final class BoundedWork {
    private final Semaphore running;
    private final Semaphore inside;
    private final Duration maxWait;

    /**
     * @param concurrency work that runs at the same time, 1 or more
     * @param maxWait for a turn
     */
    public BoundedWork(int concurrency, Duration maxWait) {
        if (concurrency < 1) {
            throw new IllegalArgumentException("concurrency: " + concurrency + " (expected: 1 or more)");
        }
        this.running = new Semaphore(concurrency, true);
        this.inside = new Semaphore(2 * concurrency);
        this.maxWait = maxWait;
    }

    /** Whether whoever comes now is put off at once. */
    boolean isFull() {
        return inside.availablePermits() == 0;
    }

    /** Runs the work on this thread; empty when its turn did not come. */
    public <T> Optional<T> tryRun(Supplier<T> work) {
        if (!inside.tryAcquire()) {
            return Optional.empty();
        }
        try {
            if (!running.tryAcquire(maxWait.toMillis(), TimeUnit.MILLISECONDS)) {
                return Optional.empty();
            }
            try {
                return Optional.of(work.get());
            } finally {
                running.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            inside.release();
        }
    }
}
