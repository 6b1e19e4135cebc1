package io.postrider.delivery;

import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers for a while which hops take no 8-bit content, since they do not offer 8BITMIME: the step {@code ToSevenBit} encodes what goes there. A
 * relay is remembered as such, other hops by the domain of the recipient. Bounded; safe for concurrent use.
 */
public final class SevenBitHops {
    private static final int MAX_ENTRIES = 10_000;

    private final Clock clock;
    private final Duration memory;
    private final Map<String, Known> known = new LinkedHashMap<>();

    private record Known(Instant since, Instant until) {}

    public SevenBitHops(Clock clock, Duration memory) {
        this.clock = clock;
        this.memory = memory;
    }

    /** Since when it has been known that this hop takes no 8-bit content for this recipient. */
    public synchronized Optional<Instant> knownSince(Hop hop, EmailAddress recipient) {
        if (known.isEmpty()) {
            return Optional.empty();
        }
        String key = key(hop, recipient);
        Optional<Known> entry = Optional.ofNullable(known.get(key));
        if (entry.isPresent() && !clock.instant().isBefore(entry.get().until())) {
            known.remove(key);
            return Optional.empty();
        }
        return entry.map(Known::since);
    }

    /** The hop was seen not to offer 8BITMIME. */
    public synchronized void found(Hop hop, EmailAddress recipient) {
        Instant now = clock.instant();
        Instant since = knownSince(hop, recipient).orElse(now);
        String key = key(hop, recipient);
        known.remove(key);
        known.put(key, new Known(since, now.plus(memory)));
        if (known.size() > MAX_ENTRIES) {
            Iterator<String> eldest = known.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
    }

    /** The hop was seen to offer 8BITMIME. */
    public synchronized void forget(Hop hop, EmailAddress recipient) {
        known.remove(key(hop, recipient));
    }

    private static String key(Hop hop, EmailAddress recipient) {
        return hop instanceof Hop.ViaRelay ? hop.toString() : hop + " " + recipient.domain();
    }
}
