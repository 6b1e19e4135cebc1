package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.SevenBitHops;
import io.postrider.dns.dnsjava.DnsSettings;
import io.postrider.dns.dnsjava.DnsjavaDns;
import io.postrider.mail.EmailAddress;
import io.postrider.mx.AddressPolicy;
import io.postrider.mx.IpVersions;
import io.postrider.mx.MxResolver;
import io.postrider.route.EgressPool;
import io.postrider.route.EgressPool.Source;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.testkit.MutableClock;
import io.postrider.testkit.dns.DnsBehaviour;
import io.postrider.testkit.dns.ScriptedDnsServer;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.TestCertificate;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Mail to the mail servers of its recipients, by real DNS and real sockets on several loopback addresses. */
class DirectDeliveryTest {
    private static final EmailAddress BOB = EmailAddress.parse("bob@example.test");
    private static final EmailAddress CAROL = EmailAddress.parse("carol@example.test");
    private static final EmailAddress DAVE = EmailAddress.parse("dave@other.test");

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-25T00:00:00Z"));
    private final AtomicReference<EgressPool> sources = new AtomicReference<>(EgressPool.ofSystem());
    private final List<ScriptedSmtpPeer> peers = new ArrayList<>();
    private ScriptedDnsServer zone;
    private DnsjavaDns dns;
    private SmtpDeliveryEngine engine;
    private int port;

    @BeforeEach
    void start() {
        zone = ScriptedDnsServer.serving(
                "mx1.test. 60 IN A 127.0.0.2",
                "mx2.test. 60 IN A 127.0.0.3",
                "mx3.test. 60 IN A 127.0.0.4",
                "example.test. 60 IN MX 10 mx1.test.",
                "example.test. 60 IN MX 20 mx2.test.",
                "other.test. 60 IN MX 10 mx1.test.",
                "other.test. 60 IN MX 20 mx2.test.");
        dns = new DnsjavaDns(
                new DnsSettings(
                        List.of(zone.address()),
                        Duration.ofMillis(500),
                        1,
                        Duration.ZERO,
                        Duration.ofDays(1),
                        Duration.ZERO,
                        Duration.ZERO,
                        1000,
                        100),
                Clock.systemUTC());
        ScriptedSmtpPeer probe = ScriptedSmtpPeer.playing(PeerScript.offering());
        port = probe.port(); // one that is free on the other addresses too
        peers.add(probe);
    }

    @AfterEach
    void stop() {
        engine.close();
        dns.close();
        zone.close();
        peers.forEach(ScriptedSmtpPeer::close);
    }

    @Test
    void mailShouldGoToThePreferredHost() {
        ScriptedSmtpPeer first = peer("127.0.0.2", PeerScript.offering());
        ScriptedSmtpPeer second = peer("127.0.0.3", PeerScript.offering());

        Attempt attempt = deliver(BOB).attempt(BOB);

        assertThat(attempt.outcome()).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(attempt.route()).isEqualTo("direct");
        assertThat(attempt.mx()).isEqualTo("mx1.test:" + port);
        assertThat(attempt.connection().address()).isEqualTo("127.0.0.2");
        assertThat(attempt.talk()).contains("* site: mx1.test,mx2.test", "* connected to mx1.test [127.0.0.2]");
        assertThat(first.messages()).hasSize(1);
        assertThat(second.sessions()).isEmpty();
    }

    @Test
    void domainsOfOneSiteShouldShareATransaction() {
        ScriptedSmtpPeer first = peer("127.0.0.2", PeerScript.offering());

        Recorder recorder = deliver(BOB, CAROL, DAVE).awaits(3);

        recorder.delivered(BOB);
        recorder.delivered(DAVE);
        assertThat(first.messages()).hasSize(1);
        assertThat(first.commands().stream().filter(line -> line.startsWith("RCPT")))
                .hasSize(3);
    }

    @Test
    void aTransactionShouldHaveNoMoreRecipientsThanMayBe() {
        ScriptedSmtpPeer first = peer("127.0.0.2", PeerScript.offering());
        EmailAddress[] many = IntStream.range(0, 25)
                .mapToObj(i -> EmailAddress.parse("r" + i + "@example.test"))
                .toArray(EmailAddress[]::new);

        deliver(many).awaits(25);

        assertThat(first.messages()).hasSize(3);
    }

    @Test
    void aHostThatDoesNotAnswerShouldBePassedOver() {
        ScriptedSmtpPeer second = peer("127.0.0.3", PeerScript.offering());

        Attempt attempt = deliver(BOB).attempt(BOB);

        assertThat(attempt.mx()).isEqualTo("mx2.test:" + port);
        assertThat(attempt.talk())
                .anyMatch(line -> line.startsWith("* no connection to mx1.test [127.0.0.2]: "))
                .contains("* connected to mx2.test [127.0.0.3]");
        assertThat(second.messages()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"421 4.3.2 shutting down", "450 4.7.1 not now", "554 5.7.1 go away"})
    void aHostThatDoesNotGreetShouldBePassedOver(String banner) {
        peer("127.0.0.2", PeerScript.thatGreetsWith(banner));
        ScriptedSmtpPeer second = peer("127.0.0.3", PeerScript.offering());

        Attempt attempt = deliver(BOB).attempt(BOB);

        assertThat(attempt.outcome()).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(attempt.talk()).contains("< " + banner);
        assertThat(second.messages()).hasSize(1);
    }

    @Test
    void aHostThatCutsBeforeItGreetsShouldBePassedOver() {
        peer("127.0.0.2", PeerScript.thatCutsBeforeTheBanner());
        ScriptedSmtpPeer second = peer("127.0.0.3", PeerScript.offering());

        assertThat(deliver(BOB).outcome(BOB)).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(second.messages()).hasSize(1);
    }

    @Test
    void whereNoHostAnswersMailShouldWaitAndTellOfAll() {
        DeliveryOutcome.Deferred deferred = deliver(BOB).deferred(BOB);

        assertThat(deferred.fault()).isEqualTo(DeliveryOutcome.Fault.ROUTE);
        assertThat(deferred.reason()).contains("mx1.test [127.0.0.2]", "mx2.test [127.0.0.3]");
    }

    @Test
    void hostsThatDidNotAnswerShouldNotBeTriedAgainForAWhile() {
        deliver(BOB).awaits(1);
        ScriptedSmtpPeer first = peer("127.0.0.2", PeerScript.offering());

        assertThat(send(BOB).awaits(1).deferred(BOB).reason())
                .contains(
                        "127.0.0.2, 127.0.0.3 did not answer a short while ago",
                        "will not be tried before 2026-11-25T00:05:00Z");
        assertThat(first.sessions()).isEmpty();

        clock.advance(Duration.ofMinutes(6));
        send(BOB).awaits(1).delivered(BOB);
    }

    @Test
    void aSourceShouldBeTheOneOfThePoolWithItsName() {
        sources.set(pool(source("127.0.0.9", "out9.example.com")));
        ScriptedSmtpPeer first = peer("127.0.0.2", PeerScript.offering());

        Attempt attempt = deliver(BOB).attempt(BOB);

        assertThat(attempt.source()).isEqualTo("127.0.0.9");
        assertThat(first.commands()).contains("EHLO out9.example.com");
    }

    @Test
    void aSourceThatIsNoneOfOursShouldBeToldAndAnotherUsed() {
        sources.set(pool(
                new Source(address("192.0.2.1"), Optional.of("gone.example.com"), 1_000_000),
                source("127.0.0.9", "out9.example.com")));
        peer("127.0.0.2", PeerScript.offering());

        Attempt attempt = deliver(BOB).attempt(BOB);

        assertThat(attempt.source()).isEqualTo("127.0.0.9");
        assertThat(attempt.talk()).anyMatch(line -> line.startsWith("* no connection from the source 192.0.2.1: "));
    }

    @Test
    void withoutAnySourceThatWorksMailShouldWait() {
        sources.set(pool(source("192.0.2.1", "gone.example.com")));

        DeliveryOutcome.Deferred deferred = deliver(BOB).deferred(BOB);

        assertThat(deferred.fault()).isEqualTo(DeliveryOutcome.Fault.ROUTE);
        assertThat(deferred.reason()).contains("no connection from the source 192.0.2.1");
    }

    @Test
    void withoutASourceOfTheFamilyNothingShouldBeTried() {
        sources.set(pool(source("::1", "six.example.com")));
        ScriptedSmtpPeer first = peer("127.0.0.2", PeerScript.offering());

        assertThat(deliver(BOB).deferred(BOB).reason())
                .contains("the pool 'default' has no source that can be used for 127.0.0.2, 127.0.0.3");
        assertThat(first.sessions()).isEmpty();
    }

    @Test
    void starttlsShouldBeUsedAndWhatIsWrongWithTheCertificateNoted() {
        TestCertificate certificate = TestCertificate.with("dns:someone.else");
        peer("127.0.0.2", PeerScript.offering("STARTTLS").withTls(certificate.serverContext()));

        Attempt attempt = deliver(BOB).attempt(BOB);

        assertThat(attempt.outcome()).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(attempt.tls()).startsWith("TLSv1.");
        assertThat(attempt.connection().certificateProblem()).isPresent();
    }

    @Test
    void starttlsThatFailsShouldBeFollowedByClearTextWithTheSameHost() {
        TestCertificate certificate = TestCertificate.with("dns:mx1.test");
        peer("127.0.0.2", PeerScript.thatCutsInTheHandshake(certificate.serverContext()));
        ScriptedSmtpPeer second = peer("127.0.0.3", PeerScript.offering());

        Attempt attempt = deliver(BOB).attempt(BOB);

        assertThat(attempt.mx()).isEqualTo("mx1.test:" + port);
        assertThat(attempt.tls()).isEmpty();
        assertThat(second.sessions()).isEmpty();
    }

    @Test
    void whatDoesNotExistShouldBounceAndWhatCannotBeToldShouldWait() {
        EmailAddress nowhere = EmailAddress.parse("a@nowhere.test");
        EmailAddress none = EmailAddress.parse("a@null.test");
        EmailAddress failing = EmailAddress.parse("a@failing.test");
        zone.add("null.test. 60 IN MX 0 .");
        zone.behave("failing.test", DnsBehaviour.SERVFAIL);
        peer("127.0.0.2", PeerScript.offering());

        Recorder recorder = deliver(BOB, nowhere, none, failing).awaits(4);

        recorder.delivered(BOB);
        assertThat(((DeliveryOutcome.Undeliverable) recorder.outcome(nowhere)).status())
                .hasToString("5.1.2");
        assertThat(((DeliveryOutcome.Undeliverable) recorder.outcome(none)).status())
                .hasToString("5.1.10");
        assertThat(recorder.deferred(failing).fault()).isEqualTo(DeliveryOutcome.Fault.ROUTE);
        assertThat(recorder.deferred(failing).reason()).startsWith("4.4.3 ").contains("SERVFAIL");
    }

    @Test
    void connectionsShouldBeKeptForTheNextMailToTheSite() {
        ScriptedSmtpPeer first = peer("127.0.0.2", PeerScript.offering());

        deliver(BOB).awaits(1);
        send(DAVE).awaits(1).delivered(DAVE);

        assertThat(first.sessions()).hasSize(1);
        assertThat(first.messages()).hasSize(2);
    }

    @Test
    void anUnknownPoolShouldBeAFaultOfTheRoute() {
        start(2, 100);
        Recorder recorder = new Recorder();
        engine.deliver(consignment(new Hop.Direct("nope"), BOB), recorder);

        assertThat(recorder.awaits(1).deferred(BOB).reason()).isEqualTo("pool 'nope' does not exist");
    }

    @Test
    void allConnectionsTogetherShouldBeLimitedAndIdleOnesMakeRoom() {
        zone.add("third.test. 60 IN MX 10 mx3.test.");
        peer("127.0.0.2", PeerScript.offering());
        ScriptedSmtpPeer third = peer("127.0.0.4", PeerScript.offering());
        start(2, 1);
        EmailAddress eve = EmailAddress.parse("eve@third.test");

        send(BOB).awaits(1).delivered(BOB);
        send(eve).awaits(1).delivered(eve);

        assertThat(third.messages()).hasSize(1);
    }

    private Recorder deliver(EmailAddress... recipients) {
        start(2, 100);
        return send(recipients).awaits(recipients.length);
    }

    private Recorder send(EmailAddress... recipients) {
        Recorder recorder = new Recorder();
        engine.deliver(consignment(new Hop.Direct(EgressPool.DEFAULT), recipients), recorder);
        return recorder;
    }

    private static Consignment consignment(Hop hop, EmailAddress... recipients) {
        return new Consignment(
                "test",
                hop,
                Arrays.stream(recipients)
                        .map(recipient -> new Addressee(recipient, Optional.of(EngineRig.SENDER)))
                        .toList(),
                List.of(ByteBuffer.wrap(EngineRig.MESSAGE.getBytes(StandardCharsets.US_ASCII))));
    }

    private void start(int maxConnections, int maxAllConnections) {
        MxResolver resolver = new MxResolver(
                dns,
                new Random(7),
                new AddressPolicy(true, false, false, Set.of("ourselves.test"), Set::of),
                IpVersions.V4_V6,
                new MxResolver.Limits(5, 4));
        DirectRoute route = new DirectRoute(
                resolver,
                name -> name.equals(EgressPool.DEFAULT) ? Optional.of(sources.get()) : Optional.empty(),
                new DirectRoute.Settings(
                        port,
                        new Relay.Tls(Relay.TlsMode.OPPORTUNISTIC, false, Optional.empty()),
                        maxConnections,
                        maxAllConnections,
                        100,
                        10,
                        Duration.ofMillis(200),
                        Duration.ofMinutes(5)));
        engine = new SmtpDeliveryEngine(
                hop -> Optional.empty(),
                Optional.of(route),
                EngineRig.settings(Duration.ofSeconds(5), Duration.ofSeconds(5)),
                clock,
                new Random(7),
                new SevenBitHops(clock, Duration.ofHours(1)));
    }

    private ScriptedSmtpPeer peer(String address, PeerScript script) {
        ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(script, address, port);
        peers.add(peer);
        return peer;
    }

    private static EgressPool pool(Source... of) {
        return new EgressPool(EgressPool.DEFAULT, List.of(of));
    }

    private static Source source(String address, String ehloName) {
        return new Source(address(address), Optional.of(ehloName), 1);
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }
}
