package io.postrider.server;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.postrider.route.EgressPool;
import io.postrider.route.EgressPools;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import io.postrider.route.Route;
import io.postrider.route.Routes;
import io.postrider.store.Catalogue;
import io.postrider.store.Page;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Relays, pools and routes are asked for with each mail and seldom change: they are remembered for a moment, and forgotten when they change here. */
final class CachedRouting {
    private static final Duration MOMENT = Duration.ofSeconds(2);
    private static final int MAX_KEPT = 10_000;
    private static final String ALL = "all";

    private final CachedRelays relays;
    private final CachedPools pools;
    private final CachedRoutes routes;
    private volatile Runnable whenChanged = () -> {};

    CachedRouting(Relays relays, EgressPools pools, Routes routes) {
        this.relays = new CachedRelays(relays, this::changed);
        this.pools = new CachedPools(pools, this::changed);
        this.routes = new CachedRoutes(routes, this::changed);
    }

    /** What is to be done when something was changed here. */
    void whenChanged(Runnable action) {
        whenChanged = action;
    }

    private void changed() {
        whenChanged.run();
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

    private static class Cached<T> implements Catalogue<T> {
        private final Catalogue<T> stored;
        private final Function<T, String> name;
        private final Runnable changed;
        private final LoadingCache<String, Optional<T>> cache;

        Cached(Catalogue<T> stored, Function<T, String> name, Runnable changed) {
            this.stored = stored;
            this.changed = changed;
            this.name = name;
            this.cache = Caffeine.newBuilder()
                    .expireAfterWrite(MOMENT)
                    .maximumSize(MAX_KEPT)
                    .build(stored::find);
        }

        @Override
        public void put(T thing) {
            stored.put(thing);
            cache.invalidate(name.apply(thing));
            changed.run();
        }

        @Override
        public Optional<T> find(String wanted) {
            return cache.get(wanted);
        }

        @Override
        public Page<T> list(int limit, Optional<String> cursor) {
            return stored.list(limit, cursor);
        }

        @Override
        public boolean remove(String unwanted) {
            boolean removed = stored.remove(unwanted);
            cache.invalidate(unwanted);
            changed.run();
            return removed;
        }
    }

    private static final class CachedRelays extends Cached<Relay> implements Relays {
        CachedRelays(Relays stored, Runnable changed) {
            super(stored, Relay::name, changed);
        }
    }

    private static final class CachedPools extends Cached<EgressPool> implements EgressPools {
        CachedPools(EgressPools stored, Runnable changed) {
            super(stored, EgressPool::name, changed);
        }
    }

    private static final class CachedRoutes implements Routes {
        private final Routes stored;
        private final Runnable changed;
        private final LoadingCache<String, List<Route>> cache;

        CachedRoutes(Routes stored, Runnable changed) {
            this.stored = stored;
            this.changed = changed;
            this.cache = Caffeine.newBuilder().expireAfterWrite(MOMENT).build(all -> stored.list());
        }

        @Override
        public void put(Route route) {
            stored.put(route);
            cache.invalidateAll();
            changed.run();
        }

        @Override
        public List<Route> list() {
            return cache.get(ALL);
        }

        @Override
        public boolean remove(String name) {
            boolean removed = stored.remove(name);
            cache.invalidateAll();
            changed.run();
            return removed;
        }
    }
}
