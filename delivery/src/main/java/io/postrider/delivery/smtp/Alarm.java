package io.postrider.delivery.smtp;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A time limit that is set for each command and seldom runs out. The loop is asked to look at it no more often than it can run out, so that setting and lifting
 * it costs a few instructions instead of a place in the queue of the loop each time. Lives on one event loop.
 */
final class Alarm {
    private final EventExecutor loop;
    private final Runnable action;
    private boolean set;
    private long deadline;
    private @Nullable ScheduledFuture<?> look;
    private long lookAt;

    /** @param action what to do when the time is over */
    Alarm(EventExecutor loop, Runnable action) {
        this.loop = loop;
        this.action = action;
    }

    /** Sets the time in place of an earlier one. */
    void set(Duration delay) {
        long now = System.nanoTime();
        set = true;
        deadline = now + delay.toNanos();
        if (look != null && lookAt - deadline > 0) {
            look.cancel(false);
            look = null;
        }
        if (look == null) {
            lookAfter(deadline - now);
        }
    }

    boolean isSet() {
        return set;
    }

    void lift() {
        set = false;
    }

    /** Lifts it, and leaves nothing behind on the loop. */
    void end() {
        set = false;
        if (look != null) {
            look.cancel(false);
            look = null;
        }
    }

    private void lookAfter(long nanos) {
        lookAt = deadline;
        look = loop.schedule(this::look, nanos, TimeUnit.NANOSECONDS);
    }

    private void look() {
        look = null;
        if (!set) {
            return;
        }
        long left = deadline - System.nanoTime();
        if (left > 0) {
            lookAfter(left);
        } else {
            set = false;
            action.run();
        }
    }
}
