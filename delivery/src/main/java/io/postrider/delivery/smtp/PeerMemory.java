package io.postrider.delivery.smtp;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Remembers for a while what hosts have shown to be unable to do, whatever they offer. Bounded; safe for concurrent use. */
final class PeerMemory {
    private static final int MAX_ENTRIES = 10_000;

    /** What does not work. */
    enum Fault {
        /** STARTTLS is offered, but comes to nothing. */
        STARTTLS,
        /** PIPELINING is offered, but commands that follow at once get no reply. */
        PIPELINING,
        /** Commands that come with the end of data get no reply, or cost the connection. */
        SENT_AHEAD,
        /** MAIL is refused for parameters of extensions that are offered. */
        PARAMETERS
    }

    private record Key(String hostAndPort, Fault fault) {}

    private final Clock clock;
    private final Duration memory;
    private final Map<Key, Instant> until = new LinkedHashMap<>();
    private volatile boolean isEmpty = true; // as a rule, and each mail asks

    PeerMemory(Clock clock, Duration memory) {
        this.clock = clock;
        this.memory = memory;
    }

    synchronized void remember(String hostAndPort, Fault fault) {
        Key key = new Key(hostAndPort, fault);
        until.remove(key);
        until.put(key, clock.instant().plus(memory));
        isEmpty = false;
        if (until.size() > MAX_ENTRIES) {
            Iterator<Key> eldest = until.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
    }

    boolean has(String hostAndPort, Fault fault) {
        return !isEmpty && isRemembered(hostAndPort, fault);
    }

    private synchronized boolean isRemembered(String hostAndPort, Fault fault) {
        Key key = new Key(hostAndPort, fault);
        Instant end = until.get(key);
        if (end != null && !clock.instant().isBefore(end)) {
            until.remove(key);
            isEmpty = until.isEmpty();
            return false;
        }
        return end != null;
    }
}
