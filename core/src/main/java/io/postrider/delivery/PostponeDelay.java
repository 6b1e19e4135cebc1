package io.postrider.delivery;

import java.time.Duration;

/**
 * How long a delivery waits for which no attempt could be made: twice as long each time, so that a hop that is busy for hours does not cost a write of each mail every
 * few seconds. It has waited about as long in all as it waits next, so a hop that becomes free stands idle for no longer than it was busy.
 *
 * @param first after an attempt, or after none
 * @param longest the delay does not grow beyond; below {@code first}, it does not grow at all
 */
public record PostponeDelay(Duration first, Duration longest) {
    private static final int MAX_DOUBLINGS = 30;

    public PostponeDelay {
        if (first.isNegative() || first.isZero()) {
            throw new IllegalArgumentException("first: " + first + " (expected: above 0)");
        }
    }

    /** @param earlier how often it was postponed since its last attempt */
    public Duration after(int earlier) {
        Duration grown = first.multipliedBy(1L << Math.min(earlier, MAX_DOUBLINGS));
        Duration bound = longest.compareTo(first) < 0 ? first : longest;
        return grown.compareTo(bound) < 0 ? grown : bound;
    }
}
