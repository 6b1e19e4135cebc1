package io.postrider.route;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * The addresses that direct mail goes out from.
 *
 * @param sources without any, the system chooses the address, and the EHLO name is the node's
 */
public record EgressPool(String name, List<Source> sources) {
    /** The pool of {@code direct}, which is there also when nobody has stored one. */
    public static final String DEFAULT = "default";

    private static final EgressPool OF_SYSTEM = new EgressPool(DEFAULT, List.of());
    private static final int MAX_SOURCES = 256;
    private static final int MAX_WEIGHT = 1_000_000;

    /**
     * One address.
     *
     * @param address of this machine
     * @param ehloName what this address is called in EHLO; none means the name of the node
     * @param weight the share of connections that it gets, 1 to 1000000
     */
    public record Source(InetAddress address, Optional<String> ehloName, int weight) {
        public Source {
            if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
                throw new IllegalArgumentException("address: " + address.getHostAddress()
                        + " (expected: one address of this machine that peers can answer)");
            }
            ehloName.filter(name -> !name.matches("[A-Za-z0-9._-]{1,253}")).ifPresent(name -> {
                throw new IllegalArgumentException("ehloName: '" + name + "' (expected: a host name)");
            });
            if (weight < 1 || weight > MAX_WEIGHT) {
                throw new IllegalArgumentException("weight: " + weight + " (expected: 1 to " + MAX_WEIGHT + ")");
            }
        }
    }

    public EgressPool {
        if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    "pool: '" + name + "' (expected: 1 to 63 of a-z, 0-9 and inner hyphens)");
        }
        sources = List.copyOf(sources);
        if (sources.size() > MAX_SOURCES) {
            throw new IllegalArgumentException(
                    "sources: " + sources.size() + " of them (expected: up to " + MAX_SOURCES + ")");
        }
        if (new HashSet<>(sources.stream().map(Source::address).toList()).size() < sources.size()) {
            throw new IllegalArgumentException("sources: an address stands twice (expected: each once)");
        }
    }

    /** Mail goes out from whatever address the system chooses. */
    public static EgressPool ofSystem() {
        return OF_SYSTEM;
    }
}
