package io.postrider.domain;

import io.postrider.store.Page;
import io.postrider.store.StoreUnavailableException;
import java.util.Optional;
import java.util.TreeMap;

/** The sending domains of a test. Can fall silent, and counts its answers. */
public final class InMemorySendingDomains implements SendingDomains {
    private final TreeMap<String, SendingDomain> domains = new TreeMap<>();
    private boolean silent;
    private int finds;

    public void fallSilent() {
        silent = true;
    }

    public int finds() {
        return finds;
    }

    @Override
    public void put(SendingDomain domain) {
        domains.put(domain.name(), domain);
    }

    @Override
    public Optional<SendingDomain> find(String name) {
        if (silent) {
            throw new StoreUnavailableException("find sending domain", new IllegalStateException("silent"));
        }
        finds++;
        return Optional.ofNullable(domains.get(name));
    }

    @Override
    public boolean isReturnPathDomain(String name) {
        return domains.values().stream()
                .anyMatch(domain -> domain.returnPathDomain().equals(name));
    }

    @Override
    public Page<SendingDomain> list(Optional<String> tenant, int limit, Optional<String> cursor) {
        throw new UnsupportedOperationException("no test lists domains");
    }

    @Override
    public boolean remove(String name) {
        return domains.remove(name) != null;
    }
}
