package io.postrider.server.smtp.front;

import java.util.ArrayDeque;
import java.util.Deque;

/** Bytes that many share. Safe for concurrent use. */
final class MemoryBudget {
    private final long limit;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private long used;

    MemoryBudget(long limit) {
        this.limit = limit;
    }

    /** Takes bytes, when there are so many. */
    synchronized boolean tryTake(long bytes) {
        if (used + bytes > limit) {
            return false;
        }
        used += bytes;
        return true;
    }

    /**
     * Takes bytes; more than there are only when nobody else has any, so that one that is too big for all gets through alone.
     *
     * @param whenFree run once, when it is worth another try, if this one failed
     */
    synchronized boolean tryTake(long bytes, Runnable whenFree) {
        if (used > 0 && used + bytes > limit) {
            waiting.addLast(whenFree);
            return false;
        }
        used += bytes;
        return true;
    }

    void giveBack(long bytes) {
        Deque<Runnable> woken;
        synchronized (this) {
            used -= bytes;
            woken = new ArrayDeque<>(waiting);
            waiting.clear();
        }
        woken.forEach(Runnable::run);
    }

    synchronized long used() {
        return used;
    }
}
