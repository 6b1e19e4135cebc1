package io.postrider.server;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.postrider.route.EgressPool;
import io.postrider.route.EgressPools;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import io.postrider.route.Route;
import io.postrider.route.Routes;
import io.postrider.store.Page;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Relays, pools and routes are asked for with each mail and seldom change: they are remembered for a moment, and forgotten when they change here. */
final class CachedRouting {
    private static final Duration MOMENT = Duration.ofSeconds(2);
    private static final int MAX_KEPT = 10_000;
    private static final String ALL = "all";

    private final CachedRelays relays;
    private final CachedPools pools;
    private final CachedRoutes routes;

    CachedRouting(Relays relays, EgressPools pools, Routes routes) {
        this.relays = new CachedRelays(relays);
        this.pools = new CachedPools(pools);
        this.routes = new CachedRoutes(routes);
    }

    Relays relays() {
        return relays;
    }

    EgressPools pools() {
        return pools;
    }

    Routes routes() {
        return routes;
    }

    private static final class CachedRelays implements Relays {
        private final Relays stored;
        private final LoadingCache<String, Optional<Relay>> cache;

        CachedRelays(Relays stored) {
            this.stored = stored;
            this.cache = Caffeine.newBuilder()
                    .expireAfterWrite(MOMENT)
                    .maximumSize(MAX_KEPT)
                    .build(stored::find);
        }

        @Override
        public void put(Relay relay) {
            stored.put(relay);
            cache.invalidate(relay.name());
        }

        @Override
        public Optional<Relay> find(String name) {
            return cache.get(name);
        }

        @Override
        public Page<Relay> list(int limit, Optional<String> cursor) {
            return stored.list(limit, cursor);
        }

        @Override
        public boolean remove(String name) {
            boolean removed = stored.remove(name);
            cache.invalidate(name);
            return removed;
        }
    }

    private static final class CachedPools implements EgressPools {
        private final EgressPools stored;
        private final LoadingCache<String, Optional<EgressPool>> cache;

        CachedPools(EgressPools stored) {
            this.stored = stored;
            this.cache = Caffeine.newBuilder()
                    .expireAfterWrite(MOMENT)
                    .maximumSize(MAX_KEPT)
                    .build(stored::find);
        }

        @Override
        public void put(EgressPool pool) {
            stored.put(pool);
            cache.invalidate(pool.name());
        }

        @Override
        public Optional<EgressPool> find(String name) {
            return cache.get(name);
        }

        @Override
        public Page<EgressPool> list(int limit, Optional<String> cursor) {
            return stored.list(limit, cursor);
        }

        @Override
        public boolean remove(String name) {
            boolean removed = stored.remove(name);
            cache.invalidate(name);
            return removed;
        }
    }

    private static final class CachedRoutes implements Routes {
        private final Routes stored;
        private final LoadingCache<String, List<Route>> cache;

        CachedRoutes(Routes stored) {
            this.stored = stored;
            this.cache = Caffeine.newBuilder().expireAfterWrite(MOMENT).build(all -> stored.list());
        }

        @Override
        public void put(Route route) {
            stored.put(route);
            cache.invalidateAll();
        }

        @Override
        public List<Route> list() {
            return cache.get(ALL);
        }

        @Override
        public boolean remove(String name) {
            boolean removed = stored.remove(name);
            cache.invalidateAll();
            return removed;
        }
    }
}
