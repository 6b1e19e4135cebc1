package io.postrider.dkim.mailet;

import static io.postrider.fixture.Mails.mail;
import static io.postrider.fixture.Mails.parameters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import io.postrider.dkim.CachedSigningKeys;
import io.postrider.dkim.DkimKeys;
import io.postrider.dkim.DkimSigner;
import io.postrider.dkim.SigningKey;
import io.postrider.dkim.SigningKeys;
import io.postrider.domain.DkimKey;
import io.postrider.domain.InMemorySendingDomains;
import io.postrider.domain.SendingDomain;
import io.postrider.mail.EmailAddress;
import io.postrider.route.HeaderSet;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import io.postrider.store.Page;
import io.postrider.store.StoreUnavailableException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DkimSignTest {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");
    private static final DkimKey FIRST = DkimKeys.generate("pr1", NOW);
    private static final DkimKey SECOND = DkimKeys.generate("pr2", NOW);

    private final InMemorySendingDomains domains = new InMemorySendingDomains();
    private final InMemoryRelays relays = new InMemoryRelays();
    private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    private final SigningKeys keys = new CachedSigningKeys(domains, clock, Optional.empty(), Duration.ZERO, 1);
    private final DkimSign sign = new DkimSign(keys, relays, clock);

    @BeforeEach
    void addDomainAndRelays() {
        DkimKey inactive = new DkimKey("pr0", FIRST.privateKey(), FIRST.publicKey(), false, NOW);
        domains.put(new SendingDomain(
                "example.com", "default", "bounce.example.com", List.of(inactive, FIRST, SECOND), NOW));
        relays.put(relay("ses", HeaderSet.SES));
        relays.put(relay("plain", HeaderSet.FULL));
    }

    @Test
    void serviceShouldSignWithEachActiveKeyForEachHeaderSetThatIsNeeded() throws Exception {
        MailImpl mail = routed(Map.of("bob@example.org", "relay:ses", "carol@example.org", "simulator"));
        byte[] before = Messages.bytesOf(mail);
        service(mail, Map.of());

        for (HeaderSet set : HeaderSet.values()) {
            assertThat(MailAttributes.dkim(set).require(mail)).isEqualTo(expected(mail, set));
        }
        assertThat(MailAttributes.dkim(HeaderSet.FULL).require(mail).split("DKIM-Signature:"))
                .hasSize(3);
        assertThat(Messages.bytesOf(mail)).isEqualTo(before);
    }

    @Test
    void serviceShouldSignForFailOverToo() throws Exception {
        MailImpl mail = routed(Map.of("bob@example.org", "relay:ses,relay:plain"));
        service(mail, Map.of());

        assertThat(MailAttributes.dkim(HeaderSet.SES).find(mail)).isPresent();
        assertThat(MailAttributes.dkim(HeaderSet.FULL).find(mail)).isPresent();
    }

    @Test
    void serviceShouldDropSignaturesOfAnEarlierAttemptThatAreNotNeeded() throws Exception {
        MailImpl mail = routed(Map.of("bob@example.org", "relay:ses"));
        MailAttributes.dkim(HeaderSet.FULL).set(mail, "old");
        service(mail, Map.of());

        assertThat(MailAttributes.dkim(HeaderSet.FULL).find(mail)).isEmpty();
        assertThat(MailAttributes.dkim(HeaderSet.SES).require(mail)).isEqualTo(expected(mail, HeaderSet.SES));
    }

    @Test
    void serviceShouldTakeTheFullSetWithoutRoutesAndForARelayThatIsGone() throws Exception {
        MailImpl without = mail("From: a@example.com¤¤x", "bob@example.org");
        MailImpl gone = routed(Map.of("bob@example.org", "relay:gone"));
        service(without, Map.of());
        service(gone, Map.of());

        assertThat(MailAttributes.dkim(HeaderSet.FULL).find(without)).isPresent();
        assertThat(MailAttributes.dkim(HeaderSet.FULL).find(gone)).isPresent();
        assertThat(MailAttributes.dkim(HeaderSet.SES).find(gone)).isEmpty();
    }

    @Test
    void serviceShouldLetMailWithoutAKeyGoUnsignedUnlessOneIsRequired() throws Exception {
        MailImpl mail = mail("From: a@example.net¤¤x", "bob@example.org");
        service(mail, Map.of());

        assertThat(MailAttributes.dkim(HeaderSet.FULL).find(mail)).isEmpty();
        assertThatThrownBy(() -> service(mail, Map.of("required", "true")))
                .isInstanceOf(MessagingException.class)
                .hasMessageStartingWith("no active DKIM key for domain example.net");
    }

    @Test
    void serviceShouldPassOnThatTheStoreIsSilent() throws Exception {
        MailImpl mail = mail("From: a@example.com¤¤x", "bob@example.org");
        domains.fallSilent();

        assertThatThrownBy(() -> service(mail, Map.of())).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void initShouldRefuseWhatItDoesNotKnow() {
        assertThatThrownBy(() -> sign.init(parameters(Map.of("required", "yes"))))
                .hasMessage("DkimSign: required: 'yes' (expected: true or false)");
        assertThatThrownBy(() -> sign.init(parameters(Map.of("selector", "x")))).hasMessageContaining("selector");
    }

    private void service(MailImpl mail, Map<String, String> parameters) throws MessagingException {
        sign.init(parameters(parameters));
        sign.service(mail);
    }

    /** RSA with PKCS#1 v1.5 is deterministic, so the fields can be told in advance. */
    private String expected(MailImpl mail, HeaderSet set) throws MessagingException {
        DkimSigner signer = new DkimSigner(Messages.rawOf(mail));
        List<SigningKey> active = keys.activeFor("example.com");
        assertThat(active).hasSize(2);
        return active.stream().map(key -> signer.sign(key, set, NOW)).collect(Collectors.joining());
    }

    private static MailImpl routed(Map<String, String> routes) throws MessagingException {
        MailImpl mail = mail(
                "From: Alice <a@example.com>¤Subject: Hello¤Date: now¤¤Hello¤",
                routes.keySet().toArray(String[]::new));
        Map<EmailAddress, List<Hop>> hops = new LinkedHashMap<>();
        for (EmailAddress recipient : Addresses.of(mail.getRecipients())) {
            hops.put(
                    recipient,
                    List.of(routes.get(recipient.toString()).split(",")).stream()
                            .map(Hop::parse)
                            .toList());
        }
        MailAttributes.ROUTES.set(mail, hops);
        return mail;
    }

    private static Relay relay(String name, HeaderSet set) {
        return new Relay(
                name,
                "127.0.0.1",
                25,
                new Relay.Tls(Relay.TlsMode.NONE, false, Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                1,
                1,
                set);
    }

    private static final class InMemoryRelays implements Relays {
        private final Map<String, Relay> stored = new HashMap<>();

        @Override
        public void put(Relay relay) {
            stored.put(relay.name(), relay);
        }

        @Override
        public Optional<Relay> find(String name) {
            return Optional.ofNullable(stored.get(name));
        }

        @Override
        public Page<Relay> list(int limit, Optional<String> cursor) {
            throw new UnsupportedOperationException("no test lists relays");
        }

        @Override
        public boolean remove(String name) {
            return stored.remove(name) != null;
        }
    }
}
