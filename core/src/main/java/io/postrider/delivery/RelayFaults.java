package io.postrider.delivery;

import io.postrider.route.Hop;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What is wrong with relays, until they take a mail again. Bounded; safe for concurrent use. */
public final class RelayFaults {
    private static final Logger LOGGER = System.getLogger(RelayFaults.class.getName());
    private static final int MAX_ENTRIES = 1000;

    private final Clock clock;
    private final Map<String, Fault> faults = new LinkedHashMap<>();

    /**
     * A fault of the way, never of a mail.
     *
     * @param lasting whether it will not go away by itself: a password that is refused, a certificate that is not trusted, a host that does not exist
     * @param reason of the last time, in words; no secret
     * @param since the first time
     * @param at the last time
     * @param count how often since then
     */
    public record Fault(boolean lasting, String reason, Instant since, Instant at, long count) {}

    public RelayFaults(Clock clock) {
        this.clock = clock;
    }

    /** A try to hand mail over came to nothing. Only relays are remembered. */
    public synchronized void failed(Hop hop, boolean lasting, String reason) {
        if (hop instanceof Hop.ViaRelay relay) {
            Instant now = clock.instant();
            Optional<Fault> before = Optional.ofNullable(faults.remove(relay.name()));
            if (lasting && before.filter(Fault::lasting).isEmpty()) {
                // Once, and not for each mail that meets it.
                LOGGER.log(Level.WARNING, "relay " + relay.name() + " needs a person: " + reason);
            }
            faults.put(
                    relay.name(),
                    new Fault(
                            lasting,
                            reason,
                            before.map(Fault::since).orElse(now),
                            now,
                            before.map(Fault::count).orElse(0L) + 1));
            if (faults.size() > MAX_ENTRIES) {
                Iterator<String> eldest = faults.keySet().iterator();
                eldest.next();
                eldest.remove();
            }
        }
    }

    /** The hop has taken a sender. */
    public synchronized void succeeded(Hop hop) {
        if (hop instanceof Hop.ViaRelay relay) {
            Optional.ofNullable(faults.remove(relay.name()))
                    .filter(Fault::lasting)
                    .ifPresent(over -> LOGGER.log(Level.INFO, "relay " + relay.name() + " takes mail again"));
        }
    }

    /** The relay was changed or removed. */
    public synchronized void forget(String relay) {
        faults.remove(relay);
    }

    /** The fault of a relay. */
    public synchronized Optional<Fault> find(String relay) {
        return Optional.ofNullable(faults.get(relay));
    }

    /** All faults by name of relay, the latest last. */
    public synchronized Map<String, Fault> all() {
        return new LinkedHashMap<>(faults);
    }
}
