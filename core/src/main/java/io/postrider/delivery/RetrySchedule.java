package io.postrider.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When a deferred delivery is tried again (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.5.4.1">RFC 5321, section 4.5.4.1</a>).
 *
 * @param key what its settings begin with, for texts
 * @param delays after the first attempt, the second, and so on; the last one repeats
 * @param jitter as a share of the delay, 0 to 1: 0.2 makes 10 s into 8 to 12 s
 * @param ttl from acceptance to {@code expired}
 */
public record RetrySchedule(String key, List<Duration> delays, double jitter, Duration ttl) {
    public RetrySchedule {
        delays = List.copyOf(delays);
        if (delays.isEmpty() || delays.stream().anyMatch(delay -> delay.isNegative() || delay.isZero())) {
            throw new IllegalArgumentException(
                    key + ".schedule: " + delays + " (expected: one or more delays above 0)");
        }
        if (!(jitter >= 0 && jitter < 1)) {
            throw new IllegalArgumentException(key + ".jitter: " + jitter + " (expected: 0 to less than 1)");
        }
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException(key + ".ttl: " + ttl + " (expected: above 0)");
        }
    }

    /**
     * The time of the next try, or nothing when the mail's time is over. The last try comes at the end of the ttl, whatever the delay.
     *
     * @param attempts how many have been made, 1 or more
     */
    public Optional<Instant> next(int attempts, Instant acceptedAt, Instant now, RandomGenerator random) {
        return next(delays.get(Math.min(attempts, delays.size()) - 1), acceptedAt, now, random);
    }

    /** The time of the next try after a delay that is not of this schedule, by the same rules. */
    public Optional<Instant> next(Duration delay, Instant acceptedAt, Instant now, RandomGenerator random) {
        if (isOver(acceptedAt, now)) {
            return Optional.empty();
        }
        Instant end = end(acceptedAt);
        Instant next = now.plusMillis(withJitter(delay, random));
        return Optional.of(next.isAfter(end) ? end : next);
    }

    /** When the time of a mail is over. */
    public Instant end(Instant acceptedAt) {
        return acceptedAt.plus(ttl);
    }

    private boolean isOver(Instant acceptedAt, Instant now) {
        return !now.isBefore(end(acceptedAt));
    }

    private long withJitter(Duration delay, RandomGenerator random) {
        double factor = 1 + jitter * (2 * random.nextDouble() - 1);
        return Math.round(delay.toMillis() * factor);
    }
}
