package io.postrider.shaping;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * Lets messages go at a rate. Keeps one time only: when the bucket is full again (the generic cell rate algorithm). Safe for concurrent use.
 */
public final class TokenBucket {
    private final Rate rate;
    private final Clock clock;
    private final long interval;
    private final long tolerance;
    private Instant fullAgain = Instant.MIN;

    public TokenBucket(Rate rate, Clock clock) {
        this.rate = rate;
        this.clock = clock;
        this.interval = rate.intervalNanos();
        this.tolerance = (rate.burst() - 1) * interval;
    }

    public Rate rate() {
        return rate;
    }

    /** Lets one message go, if it may go now. */
    public synchronized boolean take() {
        long debt = debt();
        if (debt > tolerance) {
            return false;
        }
        fullAgain = clock.instant().plusNanos(debt + interval);
        return true;
    }

    /** Until the next message may go. */
    public synchronized Duration untilNext() {
        return Duration.ofNanos(Math.max(0, debt() - tolerance));
    }

    /** How many messages may go from now to the end of a time. */
    public synchronized int allowedWithin(Duration time) {
        long room = time.toNanos() + tolerance - debt();
        return room < 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, room / interval + 1);
    }

    /** Whether nothing is lost when it is forgotten. */
    public synchronized boolean isFull() {
        return debt() == 0;
    }

    /** Nanoseconds until it is full; never more than it can hold, so that a clock that was set back stops nothing for long. */
    private long debt() {
        Instant now = clock.instant();
        return now.isBefore(fullAgain) ? Math.min(tolerance + interval, nanosBetween(now, fullAgain)) : 0;
    }

    private static long nanosBetween(Instant from, Instant to) {
        Duration between = Duration.between(from, to);
        return between.compareTo(Duration.ofDays(2)) > 0 ? Long.MAX_VALUE : between.toNanos();
    }
}
