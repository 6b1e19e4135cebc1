package io.postrider.delivery.smtp;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Remembers for a while which hosts have a STARTTLS that does not work. Bounded; safe for concurrent use. */
final class BrokenTlsMemory {
    private static final int MAX_HOSTS = 10_000;

    private final Clock clock;
    private final Duration memory;
    private final Map<String, Instant> brokenUntil = new LinkedHashMap<>();

    BrokenTlsMemory(Clock clock, Duration memory) {
        this.clock = clock;
        this.memory = memory;
    }

    synchronized void failed(String hostAndPort) {
        brokenUntil.remove(hostAndPort);
        brokenUntil.put(hostAndPort, clock.instant().plus(memory));
        if (brokenUntil.size() > MAX_HOSTS) {
            Iterator<String> eldest = brokenUntil.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
    }

    synchronized boolean isBroken(String hostAndPort) {
        Instant until = brokenUntil.get(hostAndPort);
        if (until != null && !clock.instant().isBefore(until)) {
            brokenUntil.remove(hostAndPort);
            return false;
        }
        return until != null;
    }
}
