package io.postrider.queue;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Has threads take turns with one consumer. Who has taken an entry works on it and comes back by itself: another is woken only while less are at work than there
 * are processors and enough is there to be taken, as to wake one up for each entry costs more than it brings. When all of those hang, another comes after a moment.
 */
final class Turns {
    private static final long MOMENT_MILLIS = 100;

    private final int enough;
    private DequeueLoop.@Nullable Reading reading;
    private boolean taken;
    private int working;
    private boolean stopped;

    /** @param enough threads at work, so that no other is woken */
    Turns(int enough) {
        this.enough = enough;
    }

    /** There is a connection. */
    synchronized void begin(DequeueLoop.Reading next) {
        reading = next;
        if (stopped) {
            next.end();
        }
        notifyAll();
    }

    /** There is none any more. */
    synchronized void end() {
        reading = null;
        notifyAll();
    }

    /** Waits for a connection; none when there will be none any more. */
    synchronized Optional<DequeueLoop.Reading> await() throws InterruptedException {
        while (!stopped && (reading == null || reading.isOver())) {
            wait(MOMENT_MILLIS);
        }
        return stopped ? Optional.empty() : Optional.ofNullable(reading);
    }

    /** Waits for a turn with the consumer, which {@link #leave} ends. Returns false when there are none any more. */
    synchronized boolean take(DequeueLoop.Reading of) throws InterruptedException {
        while (taken && !stopped && !of.isOver()) {
            wait(MOMENT_MILLIS);
        }
        if (stopped || of.isOver()) {
            return false;
        }
        taken = true;
        return true;
    }

    /**
     * @param withEntry whether the thread has something to work on now, which {@link #done} ends
     * @param more whether there is enough to be taken for another thread, too
     */
    synchronized void leave(boolean withEntry, boolean more) {
        taken = false;
        working += withEntry ? 1 : 0;
        if (working < enough && more) {
            notify();
        }
    }

    /** A thread that takes no turns has something to work on, which {@link #done} ends. */
    synchronized void alsoWorking() {
        working++;
    }

    synchronized void done() {
        working--;
        if (stopped) {
            notifyAll();
        }
    }

    synchronized void stop() {
        stopped = true;
        if (reading != null) {
            reading.end();
        }
        notifyAll();
    }

    /** Waits until no thread is at its turn or at work, at most as long as given. */
    synchronized boolean awaitIdle(Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        while (taken || working > 0) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(Math.min(left, MOMENT_MILLIS));
        }
        return true;
    }
}
