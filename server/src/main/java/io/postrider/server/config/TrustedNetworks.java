package io.postrider.server.config;

import io.postrider.tenant.Tenant;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The networks that may submit without AUTH and TLS, and the tenant that each one speaks for. Empty by default. */
public final class TrustedNetworks {
    /** The most specific first. */
    private final List<Map.Entry<Cidr, String>> tenants;

    private TrustedNetworks(Map<Cidr, String> tenants) {
        this.tenants = tenants.entrySet().stream()
                .sorted(Comparator.comparing(entry -> -entry.getKey().prefixLength()))
                .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** Parses {@code 127.0.0.0/8=default, ::1/128=default}; nothing at all is no network. */
    public static TrustedNetworks parse(String text) {
        Map<Cidr, String> tenants = new LinkedHashMap<>();
        for (String item : items(text)) {
            int equals = item.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("'" + item + "' (expected: network=tenant, say 10.0.0.0/8=default)");
            }
            Cidr network = Cidr.parse(item.substring(0, equals).strip());
            String tenant = new Tenant(item.substring(equals + 1).strip(), Instant.EPOCH).name();
            if (tenants.putIfAbsent(network, tenant) != null) {
                throw new IllegalArgumentException(network + " stands twice (expected: one tenant for each network)");
            }
        }
        return new TrustedNetworks(tenants);
    }

    /** The tenant of the smallest network that holds the address. */
    public Optional<String> tenantOf(InetAddress address) {
        return tenants.stream()
                .filter(entry -> entry.getKey().contains(address))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    public boolean isEmpty() {
        return tenants.isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TrustedNetworks networks && networks.tenants.equals(tenants);
    }

    @Override
    public int hashCode() {
        return tenants.hashCode();
    }

    @Override
    public String toString() {
        return tenants.toString();
    }

    private static List<String> items(String text) {
        List<String> items = new ArrayList<>();
        for (String item : text.split(",", -1)) {
            if (!item.isBlank()) {
                items.add(item.strip());
            }
        }
        return items;
    }
}
