package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.EmailAddress;
import io.postrider.route.EgressPool.Source;
import io.postrider.route.Hop;
import io.postrider.testkit.dns.DnsBehaviour;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.TestCertificate;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Mail to the mail servers of its recipients, by real DNS and real sockets on several loopback addresses. */
class DirectDeliveryTest {
    private static final EmailAddress BOB = EmailAddress.parse("bob@example.test");
    private static final EmailAddress CAROL = EmailAddress.parse("carol@example.test");
    private static final EmailAddress DAVE = EmailAddress.parse("dave@other.test");

    private final DirectRig rig = new DirectRig(
            "mx1.test. 60 IN A 127.0.0.2",
            "mx2.test. 60 IN A 127.0.0.3",
            "mx3.test. 60 IN A 127.0.0.4",
            "example.test. 60 IN MX 10 mx1.test.",
            "example.test. 60 IN MX 20 mx2.test.",
            "other.test. 60 IN MX 10 mx1.test.",
            "other.test. 60 IN MX 20 mx2.test.");

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void mailShouldGoToThePreferredHost() {
        ScriptedSmtpPeer first = rig.peer("127.0.0.2", PeerScript.offering());
        ScriptedSmtpPeer second = rig.peer("127.0.0.3", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.outcome()).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(attempt.route()).isEqualTo("direct");
        assertThat(attempt.mx()).isEqualTo("mx1.test:" + rig.port);
        assertThat(attempt.connection().address()).isEqualTo("127.0.0.2");
        assertThat(attempt.talk()).contains("* site: mx1.test,mx2.test", "* connected to mx1.test [127.0.0.2]");
        assertThat(first.messages()).hasSize(1);
        assertThat(second.sessions()).isEmpty();
    }

    @Test
    void domainsOfOneSiteShouldShareATransaction() {
        ScriptedSmtpPeer first = rig.peer("127.0.0.2", PeerScript.offering());

        Recorder recorder = rig.deliver(BOB, CAROL, DAVE);

        recorder.delivered(BOB);
        recorder.delivered(DAVE);
        assertThat(first.messages()).hasSize(1);
        assertThat(first.commands().stream().filter(line -> line.startsWith("RCPT")))
                .hasSize(3);
    }

    @Test
    void aTransactionShouldHaveNoMoreRecipientsThanMayBe() {
        ScriptedSmtpPeer first = rig.peer("127.0.0.2", PeerScript.offering());
        EmailAddress[] many = IntStream.range(0, 25)
                .mapToObj(i -> EmailAddress.parse("r" + i + "@example.test"))
                .toArray(EmailAddress[]::new);

        rig.deliver(many);

        assertThat(first.messages()).hasSize(3);
    }

    @Test
    void aHostThatDoesNotAnswerShouldBePassedOver() {
        ScriptedSmtpPeer second = rig.peer("127.0.0.3", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.mx()).isEqualTo("mx2.test:" + rig.port);
        assertThat(attempt.talk())
                .anyMatch(line -> line.startsWith("* no connection to mx1.test [127.0.0.2]: "))
                .contains("* connected to mx2.test [127.0.0.3]");
        assertThat(second.messages()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"421 4.3.2 shutting down", "450 4.7.1 not now", "554 5.7.1 go away"})
    void aHostThatDoesNotGreetShouldBePassedOver(String banner) {
        rig.peer("127.0.0.2", PeerScript.thatGreetsWith(banner));
        ScriptedSmtpPeer second = rig.peer("127.0.0.3", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.outcome()).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(attempt.talk()).contains("< " + banner);
        assertThat(second.messages()).hasSize(1);
    }

    @Test
    void aHostThatCutsBeforeItGreetsShouldBePassedOver() {
        rig.peer("127.0.0.2", PeerScript.thatCutsBeforeTheBanner());
        ScriptedSmtpPeer second = rig.peer("127.0.0.3", PeerScript.offering());

        assertThat(rig.deliver(BOB).outcome(BOB)).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(second.messages()).hasSize(1);
    }

    @Test
    void whereNoHostAnswersMailShouldWaitAndTellOfAll() {
        DeliveryOutcome.Deferred deferred = rig.deliver(BOB).deferred(BOB);

        assertThat(deferred.fault()).isEqualTo(DeliveryOutcome.Fault.ROUTE);
        assertThat(deferred.reason()).contains("mx1.test [127.0.0.2]", "mx2.test [127.0.0.3]");
    }

    @Test
    void hostsThatDidNotAnswerShouldNotBeTriedAgainForAWhile() {
        rig.deliver(BOB);
        ScriptedSmtpPeer first = rig.peer("127.0.0.2", PeerScript.offering());

        assertThat(rig.deliver(BOB).deferred(BOB).reason())
                .contains(
                        "127.0.0.2, 127.0.0.3 did not answer a short while ago",
                        "will not be tried before 2026-11-25T00:00:05Z");
        assertThat(first.sessions()).isEmpty();

        rig.clock.advance(Duration.ofMinutes(6));
        rig.deliver(BOB).delivered(BOB);
    }

    @Test
    void aSourceShouldBeTheOneOfThePoolWithItsName() {
        rig.sources(DirectRig.source("127.0.0.9", "out9.example.com"));
        ScriptedSmtpPeer first = rig.peer("127.0.0.2", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.source()).isEqualTo("127.0.0.9");
        assertThat(first.commands()).contains("EHLO out9.example.com");
    }

    @Test
    void aSourceThatIsNoneOfOursShouldBeToldAndAnotherUsed() {
        rig.sources(
                new Source(DirectRig.address("192.0.2.1"), Optional.of("gone.example.com"), 1_000_000),
                DirectRig.source("127.0.0.9", "out9.example.com"));
        rig.peer("127.0.0.2", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.source()).isEqualTo("127.0.0.9");
        assertThat(attempt.talk()).anyMatch(line -> line.startsWith("* no connection from the source 192.0.2.1: "));
    }

    @Test
    void withoutAnySourceThatWorksMailShouldWait() {
        rig.sources(DirectRig.source("192.0.2.1", "gone.example.com"));

        DeliveryOutcome.Deferred deferred = rig.deliver(BOB).deferred(BOB);

        assertThat(deferred.fault()).isEqualTo(DeliveryOutcome.Fault.ROUTE);
        assertThat(deferred.reason()).contains("no connection from the source 192.0.2.1");
    }

    @Test
    void withoutASourceOfTheFamilyNothingShouldBeTried() {
        rig.sources(DirectRig.source("::1", "six.example.com"));
        ScriptedSmtpPeer first = rig.peer("127.0.0.2", PeerScript.offering());

        assertThat(rig.deliver(BOB).deferred(BOB).reason())
                .contains("the pool 'default' has no source that can be used for 127.0.0.2, 127.0.0.3");
        assertThat(first.sessions()).isEmpty();
    }

    @Test
    void starttlsShouldBeUsedAndWhatIsWrongWithTheCertificateNoted() {
        TestCertificate certificate = TestCertificate.with("dns:someone.else");
        rig.peer("127.0.0.2", PeerScript.offering("STARTTLS").withTls(certificate.serverContext()));

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.outcome()).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(attempt.tls()).startsWith("TLSv1.");
        assertThat(attempt.connection().certificateProblem()).isPresent();
    }

    @Test
    void starttlsThatFailsShouldBeFollowedByClearTextWithTheSameHost() {
        TestCertificate certificate = TestCertificate.with("dns:mx1.test");
        rig.peer("127.0.0.2", PeerScript.thatCutsInTheHandshake(certificate.serverContext()));
        ScriptedSmtpPeer second = rig.peer("127.0.0.3", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.mx()).isEqualTo("mx1.test:" + rig.port);
        assertThat(attempt.tls()).isEmpty();
        assertThat(second.sessions()).isEmpty();
    }

    @Test
    void whatDoesNotExistShouldBounceAndWhatCannotBeToldShouldWait() {
        EmailAddress nowhere = EmailAddress.parse("a@nowhere.test");
        EmailAddress none = EmailAddress.parse("a@null.test");
        EmailAddress failing = EmailAddress.parse("a@failing.test");
        rig.zone.add("null.test. 60 IN MX 0 .");
        rig.zone.behave("failing.test", DnsBehaviour.SERVFAIL);
        rig.peer("127.0.0.2", PeerScript.offering());

        Recorder recorder = rig.deliver(BOB, nowhere, none, failing);

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
        ScriptedSmtpPeer first = rig.peer("127.0.0.2", PeerScript.offering());

        rig.deliver(BOB);
        rig.deliver(DAVE).delivered(DAVE);

        assertThat(first.sessions()).hasSize(1);
        assertThat(first.messages()).hasSize(2);
    }

    @Test
    void anUnknownPoolShouldBeAFaultOfTheRoute() {
        assertThat(rig.begin(new Hop.Direct("nope"), BOB)
                        .awaits(1)
                        .deferred(BOB)
                        .reason())
                .isEqualTo("pool 'nope' does not exist");
    }

    @Test
    void allConnectionsTogetherShouldBeLimitedAndIdleOnesMakeRoom() {
        rig.zone.add("third.test. 60 IN MX 10 mx3.test.");
        rig.peer("127.0.0.2", PeerScript.offering());
        ScriptedSmtpPeer third = rig.peer("127.0.0.4", PeerScript.offering());
        rig.connections(2, 1);
        EmailAddress eve = EmailAddress.parse("eve@third.test");

        rig.deliver(BOB).delivered(BOB);
        rig.deliver(eve).delivered(eve);

        assertThat(third.messages()).hasSize(1);
    }
}
