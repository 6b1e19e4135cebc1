package io.postrider.dkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.domain.DkimKey;
import io.postrider.domain.InMemorySendingDomains;
import io.postrider.domain.SendingDomain;
import io.postrider.store.StoreUnavailableException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CachedSigningKeysTest {
    private static final DkimKey KEY = DkimKeys.generate("pr1", Instant.EPOCH);

    private final InMemorySendingDomains domains = new InMemorySendingDomains();
    private Instant now = Instant.parse("2026-11-25T10:00:00Z");
    private final Clock clock = new Ticking();
    private final CachedSigningKeys keys =
            new CachedSigningKeys(domains, clock, Optional.empty(), Duration.ofSeconds(30), 2);

    @Test
    void activeForShouldGiveTheActiveKeysOnly() {
        DkimKey inactive = new DkimKey("pr0", KEY.privateKey(), KEY.publicKey(), false, Instant.EPOCH);
        domains.put(domain("example.com", inactive, KEY));

        assertThat(keys.activeFor("example.com"))
                .extracting(SigningKey::toString)
                .containsExactly("SigningKey[pr1._domainkey.example.com]");
        assertThat(keys.activeFor("example.org")).isEmpty();
    }

    @Test
    void activeForShouldAskAgainOnlyWhenTheAnswerIsOld() {
        domains.put(domain("example.com", KEY));
        keys.activeFor("example.com");
        domains.put(domain("example.com"));
        now = now.plusSeconds(29);

        assertThat(keys.activeFor("example.com")).hasSize(1);
        assertThat(domains.finds()).isEqualTo(1);

        now = now.plusSeconds(1);

        assertThat(keys.activeFor("example.com")).isEmpty();
        assertThat(domains.finds()).isEqualTo(2);
    }

    @Test
    void activeForShouldSeeTheFirstKeyAtOnce() {
        domains.put(domain("example.com"));
        assertThat(keys.activeFor("example.com")).isEmpty();
        domains.put(domain("example.com", KEY));

        assertThat(keys.activeFor("example.com")).hasSize(1);
    }

    @Test
    void activeForShouldRememberSoManyDomainsOnly() {
        for (String name : List.of("a.example", "b.example", "c.example")) {
            domains.put(domain(name, KEY));
        }
        keys.activeFor("a.example");
        keys.activeFor("b.example");
        keys.activeFor("a.example");
        keys.activeFor("c.example");
        assertThat(domains.finds()).isEqualTo(3);

        keys.activeFor("a.example");
        assertThat(domains.finds()).isEqualTo(3);

        keys.activeFor("b.example");
        assertThat(domains.finds()).isEqualTo(4);
    }

    @Test
    void activeForShouldPassOnThatTheStoreIsSilent() {
        domains.fallSilent();

        assertThatThrownBy(() -> keys.activeFor("example.com")).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void activeForShouldSayWhichKeyCannotBeRead() {
        domains.put(domain("example.com", new DkimKey("pr1", new byte[] {1}, new byte[] {1}, true, Instant.EPOCH)));

        assertThatThrownBy(() -> keys.activeFor("example.com"))
                .hasMessage(
                        "DKIM key pr1._domainkey.example.com: not readable (expected: an RSA private key as PKCS#8 DER)");
    }

    private static SendingDomain domain(String name, DkimKey... keys) {
        return new SendingDomain(name, "default", "bounce." + name, List.of(keys), Instant.EPOCH);
    }

    private final class Ticking extends Clock {
        @Override
        public java.time.ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
