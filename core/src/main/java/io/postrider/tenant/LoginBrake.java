package io.postrider.tenant;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Puts logins off after too many wrong passwords: of one client address (of IPv6, its /64, since that is what one client has) and of one user name, wherever the
 * clients are. Who has logged in from an address before is judged by the failures of that user at that address alone: so neither a neighbour behind the same
 * address nor a stranger who guesses can lock an app out. Success forgives nothing, since one who guesses may have a credential of his own. What is tracked is
 * bounded; the longest unused is forgotten first. Safe for concurrent use.
 */
public final class LoginBrake {
    private static final int MAX_TRACKED = 100_000;
    /** That of a credential; what is longer is no name, and not worth its memory. */
    private static final int MAX_NAME = 128;

    private final Limits limits;
    private final Clock clock;
    private final Map<String, Failures> byAddress = bounded();
    private final Map<String, Failures> byUser = bounded();
    private final Map<String, Failures> byBoth = bounded();
    private final Set<String> known = Collections.newSetFromMap(bounded());

    /**
     * When logins are put off.
     *
     * @param maxFailures wrong passwords within the window that are let pass
     * @param window in which they are counted together
     * @param penalty how long logins are put off then
     */
    public record Limits(int maxFailures, Duration window, Duration penalty) {
        public Limits {
            if (maxFailures < 1) {
                throw new IllegalArgumentException("maxFailures: " + maxFailures + " (expected: 1 or more)");
            }
        }
    }

    private static final class Failures {
        private int count;
        private Instant since = Instant.MIN;
        private Instant brakedUntil = Instant.MIN;
    }

    public LoginBrake(Limits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /** How long this login is put off; empty when it is not. */
    public synchronized Optional<Duration> remaining(InetAddress client, String username) {
        Instant now = clock.instant();
        String address = network(client);
        String name = name(username);
        String both = both(address, name);
        Stream<Failures> judged = known.contains(both)
                ? Stream.ofNullable(byBoth.get(both))
                : Stream.of(byAddress.get(address), byUser.get(name)).flatMap(Stream::ofNullable);
        return judged.map(failures -> failures.brakedUntil)
                .filter(now::isBefore)
                .max(Instant::compareTo)
                .map(until -> Duration.between(now, until));
    }

    /** Whether that user has logged in from that address before. */
    public synchronized boolean isKnown(InetAddress client, String username) {
        return known.contains(both(network(client), name(username)));
    }

    public synchronized void failed(InetAddress client, String username) {
        String address = network(client);
        String name = name(username);
        count(byAddress, address);
        count(byUser, name);
        count(byBoth, both(address, name));
    }

    public synchronized void succeeded(InetAddress client, String username) {
        known.add(both(network(client), name(username)));
    }

    private void count(Map<String, Failures> counters, String key) {
        Instant now = clock.instant();
        Failures failures = counters.computeIfAbsent(key, any -> new Failures());
        if (failures.count == 0 || !now.isBefore(failures.since.plus(limits.window()))) {
            failures.count = 0;
            failures.since = now;
        }
        if (++failures.count >= limits.maxFailures()) {
            failures.brakedUntil = now.plus(limits.penalty());
            failures.count = 0;
        }
    }

    private static String network(InetAddress client) {
        byte[] address = client.getAddress();
        return HexFormat.of().formatHex(client instanceof Inet6Address ? Arrays.copyOf(address, 8) : address);
    }

    private static String name(String username) {
        return username.length() > MAX_NAME ? username.substring(0, MAX_NAME) : username;
    }

    private static String both(String address, String name) {
        return address + ' ' + name;
    }

    private static <T> Map<String, T> bounded() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
                return size() > MAX_TRACKED;
            }
        };
    }
}
