package io.postrider.server;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.postrider.domain.SendingDomain;
import io.postrider.domain.SendingDomains;
import io.postrider.store.Page;
import java.time.Duration;
import java.util.Optional;

/** Sending domains are asked for several times with each mail and seldom change: they are remembered for a moment, and forgotten when they change here. */
final class CachedSendingDomains implements SendingDomains {
    private static final Duration MOMENT = Duration.ofSeconds(2);
    private static final int MAX_KEPT = 10_000;

    private final SendingDomains stored;
    private final LoadingCache<String, Optional<SendingDomain>> cache;

    CachedSendingDomains(SendingDomains stored) {
        this.stored = stored;
        this.cache = Caffeine.newBuilder()
                .expireAfterWrite(MOMENT)
                .maximumSize(MAX_KEPT)
                .build(stored::find);
    }

    @Override
    public void put(SendingDomain domain) {
        stored.put(domain);
        cache.invalidate(domain.name());
    }

    @Override
    public Optional<SendingDomain> find(String name) {
        return cache.get(name);
    }

    @Override
    public boolean isReturnPathDomain(String name) {
        return stored.isReturnPathDomain(name);
    }

    @Override
    public Page<SendingDomain> list(Optional<String> tenant, int limit, Optional<String> cursor) {
        return stored.list(tenant, limit, cursor);
    }

    @Override
    public boolean remove(String name) {
        boolean removed = stored.remove(name);
        cache.invalidate(name);
        return removed;
    }
}
