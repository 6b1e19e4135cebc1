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
    /** A domain that is asked for so much later is read anew, behind the back of who asks: what is in use does not expire. */
    private static final Duration REFRESH = Duration.ofSeconds(1);
    /** Who is told that a domain is at hand has the rest of the moment to ask for it. */
    private static final Duration AT_HAND = Duration.ofMillis(1500);

    private static final int MAX_KEPT = 10_000;

    private final SendingDomains stored;
    private final LoadingCache<String, Optional<SendingDomain>> cache;

    CachedSendingDomains(SendingDomains stored) {
        this.stored = stored;
        this.cache = Caffeine.newBuilder()
                .expireAfterWrite(MOMENT)
                .refreshAfterWrite(REFRESH)
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
    public boolean isAtHand(String name) {
        return cache.policy()
                .expireAfterWrite()
                .flatMap(expiry -> expiry.ageOf(name))
                .filter(age -> age.compareTo(AT_HAND) < 0)
                .isPresent();
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
