package io.postrider.delivery.smtp;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Remembers for a while which addresses did not answer, so that a dead one costs nothing for each mail. When the while is over, one try goes through,
 * and decides for all. Bounded; safe for concurrent use.
 */
final class SilentAddresses {
    private static final int MAX_ENTRIES = 10_000;

    private final Clock clock;
    private final Duration memory;
    private final Duration probe;
    private final Map<InetAddress, Instant> until = new LinkedHashMap<>();

    /** @param probe how long one try may take before the next */
    SilentAddresses(Clock clock, Duration memory, Duration probe) {
        this.clock = clock;
        this.memory = memory;
        this.probe = probe;
    }

    synchronized boolean mayTry(InetAddress address) {
        Instant end = until.get(address);
        Instant now = clock.instant();
        if (end == null) {
            return true;
        }
        if (now.isBefore(end)) {
            return false;
        }
        until.put(address, now.plus(probe));
        return true;
    }

    synchronized void answered(InetAddress address) {
        until.remove(address);
    }

    synchronized void silent(InetAddress address) {
        until.remove(address);
        until.put(address, clock.instant().plus(memory));
        if (until.size() > MAX_ENTRIES) {
            Iterator<InetAddress> eldest = until.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
    }

    /** When the first of them may be tried again. */
    synchronized Optional<Instant> nextTry(Collection<InetAddress> addresses) {
        return addresses.stream().map(until::get).filter(Objects::nonNull).min(Comparator.naturalOrder());
    }
}
