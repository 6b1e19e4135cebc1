package io.postrider.admin.webadmin;

import io.postrider.domain.SendingDomain;
import io.postrider.domain.SendingDomains;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import io.postrider.route.Route;
import io.postrider.route.Routes;
import io.postrider.security.PasswordHasher;
import io.postrider.store.Page;
import io.postrider.tenant.BounceReports;
import io.postrider.tenant.Credential;
import io.postrider.tenant.Credentials;
import io.postrider.tenant.Tenant;
import io.postrider.tenant.Tenants;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;

/** The ports of the configuration, kept in memory: what the routes need of a store, and no more. */
public final class InMemory {
    public final NavigableMap<String, Credential> credentialRows = new ConcurrentSkipListMap<>();
    public final NavigableMap<String, SendingDomain> domainRows = new ConcurrentSkipListMap<>();
    public final NavigableMap<String, Relay> relayRows = new ConcurrentSkipListMap<>();
    private final NavigableMap<String, Tenant> tenantRows = new ConcurrentSkipListMap<>();
    private final NavigableMap<String, Route> routeRows = new ConcurrentSkipListMap<>();

    public Tenants tenants() {
        return new Tenants() {
            @Override
            public boolean add(Tenant tenant) {
                return tenantRows.putIfAbsent(tenant.name(), tenant) == null;
            }

            @Override
            public boolean setBounceReports(String name, BounceReports wanted) {
                return tenantRows.computeIfPresent(name, (key, tenant) -> new Tenant(key, tenant.createdAt(), wanted))
                        != null;
            }

            @Override
            public Optional<Tenant> find(String name) {
                return Optional.ofNullable(tenantRows.get(name));
            }

            @Override
            public Page<Tenant> list(int limit, Optional<String> cursor) {
                return page(tenantRows, all -> true, limit, cursor);
            }

            @Override
            public boolean remove(String name) {
                boolean owns = credentialRows.values().stream()
                                .anyMatch(row -> row.tenant().equals(name))
                        || domainRows.values().stream()
                                .anyMatch(row -> row.tenant().equals(name));
                return !owns && tenantRows.remove(name) != null;
            }
        };
    }

    public Credentials credentials() {
        return new Credentials() {
            @Override
            public void put(Credential credential) {
                credentialRows.put(credential.username(), credential);
            }

            @Override
            public Optional<Credential> find(String username) {
                return Optional.ofNullable(credentialRows.get(username));
            }

            @Override
            public Page<Credential> list(Optional<String> tenant, int limit, Optional<String> cursor) {
                return page(
                        credentialRows, row -> tenant.map(row.tenant()::equals).orElse(true), limit, cursor);
            }

            @Override
            public boolean remove(String username) {
                return credentialRows.remove(username) != null;
            }
        };
    }

    public SendingDomains domains() {
        return new SendingDomains() {
            @Override
            public void put(SendingDomain domain) {
                domainRows.put(domain.name(), domain);
            }

            @Override
            public Optional<SendingDomain> find(String name) {
                return Optional.ofNullable(domainRows.get(name));
            }

            @Override
            public boolean isReturnPathDomain(String name) {
                return domainRows.values().stream()
                        .anyMatch(row -> row.returnPathDomain().equals(name));
            }

            @Override
            public Page<SendingDomain> list(Optional<String> tenant, int limit, Optional<String> cursor) {
                return page(domainRows, row -> tenant.map(row.tenant()::equals).orElse(true), limit, cursor);
            }

            @Override
            public boolean remove(String name) {
                return domainRows.remove(name) != null;
            }
        };
    }

    public Relays relays() {
        return new Relays() {
            @Override
            public void put(Relay relay) {
                relayRows.put(relay.name(), relay);
            }

            @Override
            public Optional<Relay> find(String name) {
                return Optional.ofNullable(relayRows.get(name));
            }

            @Override
            public Page<Relay> list(int limit, Optional<String> cursor) {
                return page(relayRows, all -> true, limit, cursor);
            }

            @Override
            public boolean remove(String name) {
                return relayRows.remove(name) != null;
            }
        };
    }

    public Routes routes() {
        return new Routes() {
            @Override
            public void put(Route route) {
                routeRows.put(route.name(), route);
            }

            @Override
            public List<Route> list() {
                return routeRows.values().stream()
                        .sorted(Comparator.comparing(
                                        (Route route) -> route.name().equals(Route.DEFAULT))
                                .thenComparing(Route::position)
                                .thenComparing(Route::name))
                        .toList();
            }

            @Override
            public boolean remove(String name) {
                return routeRows.remove(name) != null;
            }
        };
    }

    /** Reversible, which lets a test see that what is stored is made from the password and is not the password. */
    public static PasswordHasher hasher() {
        return new PasswordHasher() {
            @Override
            public String hash(String password) {
                return "hash:" + HexFormat.of().formatHex(password.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }

            @Override
            public boolean matches(String password, String hash) {
                return hash(password).equals(hash);
            }
        };
    }

    private static <T> Page<T> page(
            NavigableMap<String, T> rows, Predicate<T> filter, int limit, Optional<String> cursor) {
        List<String> keys = cursor.map(key -> rows.tailMap(key, false)).orElse(rows).entrySet().stream()
                .filter(row -> filter.test(row.getValue()))
                .map(java.util.Map.Entry::getKey)
                .limit(limit + 1L)
                .toList();
        boolean more = keys.size() > limit;
        return new Page<>(
                keys.stream().limit(limit).map(rows::get).toList(),
                more ? Optional.of(keys.get(limit - 1)) : Optional.empty());
    }
}
