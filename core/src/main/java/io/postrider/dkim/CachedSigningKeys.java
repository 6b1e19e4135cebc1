package io.postrider.dkim;

import io.postrider.domain.DkimKey;
import io.postrider.domain.SendingDomain;
import io.postrider.domain.SendingDomains;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes the keys from the sending domains, and remembers them parsed for a short time: so long may a change of keys go unnoticed. That there is
 * none is not remembered, so the first key signs at once.
 */
public final class CachedSigningKeys implements SigningKeys {
    public static final Duration DEFAULT_TIME_TO_LIVE = Duration.ofSeconds(30);
    public static final int DEFAULT_MAX_DOMAINS = 10_000;

    private final SendingDomains domains;
    private final Clock clock;
    private final Optional<Provider> provider;
    private final Duration timeToLive;
    private final Map<String, Entry> entries;

    public CachedSigningKeys(SendingDomains domains, Clock clock, Optional<Provider> provider) {
        this(domains, clock, provider, DEFAULT_TIME_TO_LIVE, DEFAULT_MAX_DOMAINS);
    }

    /**
     * @param provider who is to sign; without one, the JDK decides
     * @param timeToLive how long an answer is remembered
     * @param maxDomains how many answers; the one asked for least recently goes first
     */
    public CachedSigningKeys(
            SendingDomains domains, Clock clock, Optional<Provider> provider, Duration timeToLive, int maxDomains) {
        if (maxDomains < 1) {
            throw new IllegalArgumentException("maxDomains: " + maxDomains + " (expected: 1 or more)");
        }
        this.domains = domains;
        this.clock = clock;
        this.provider = provider;
        this.timeToLive = timeToLive;
        this.entries = new BoundedMap(maxDomains);
    }

    @Override
    public List<SigningKey> activeFor(String domain) {
        Instant now = clock.instant();
        synchronized (entries) {
            Entry entry = entries.get(domain);
            if (entry != null && now.isBefore(entry.expiresAt())) {
                return entry.keys();
            }
        }
        List<SigningKey> keys = domains.find(domain).map(this::parse).orElse(List.of());
        if (!keys.isEmpty()) {
            synchronized (entries) {
                entries.put(domain, new Entry(keys, now.plus(timeToLive)));
            }
        }
        return keys;
    }

    private List<SigningKey> parse(SendingDomain domain) {
        return domain.keys().stream()
                .filter(DkimKey::active)
                .map(key -> new SigningKey(domain.name(), key.selector(), parse(domain.name(), key), provider))
                .toList();
    }

    private PrivateKey parse(String domain, DkimKey key) {
        try {
            KeyFactory keys = provider.isPresent()
                    ? KeyFactory.getInstance("RSA", provider.get())
                    : KeyFactory.getInstance("RSA");
            return keys.generatePrivate(new PKCS8EncodedKeySpec(key.privateKey()));
        } catch (InvalidKeySpecException e) {
            throw new IllegalStateException(
                    "DKIM key " + key.selector() + "._domainkey." + domain
                            + ": not readable (expected: an RSA private key as PKCS#8 DER)",
                    e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no RSA", e);
        }
    }

    private record Entry(List<SigningKey> keys, Instant expiresAt) {}

    private static final class BoundedMap extends LinkedHashMap<String, Entry> {
        private static final long serialVersionUID = 1L;
        private final int maxSize;

        BoundedMap(int maxSize) {
            super(16, 0.75f, true);
            this.maxSize = maxSize;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Entry> eldest) {
            return size() > maxSize;
        }
    }
}
