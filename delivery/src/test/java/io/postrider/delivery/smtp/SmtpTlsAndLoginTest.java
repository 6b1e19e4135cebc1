package io.postrider.delivery.smtp;

import static io.postrider.delivery.smtp.EngineRig.ALICE;
import static io.postrider.delivery.smtp.EngineRig.BOB;
import static io.postrider.delivery.smtp.EngineRig.NO_TLS;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.route.Relay.Tls;
import io.postrider.route.Relay.TlsMode;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerConversation;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.Stage;
import io.postrider.testkit.smtp.TestCertificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class SmtpTlsAndLoginTest {
    private static final TestCertificate CERTIFICATE = TestCertificate.with("dns:localhost,ip:127.0.0.1");
    private static final SSLContext SERVER = CERTIFICATE.serverContext();
    private static final Tls OPPORTUNISTIC = new Tls(TlsMode.OPPORTUNISTIC, false, Optional.empty());
    private static final Tls REQUIRED = new Tls(TlsMode.STARTTLS, false, Optional.empty());
    private static final Tls VERIFIED = new Tls(TlsMode.STARTTLS, true, Optional.of(CERTIFICATE.pem()));
    private static final Optional<Login> LOGIN = Optional.of(new Login("user", "pass-word"));
    private static final String PLAIN =
            Base64.getEncoder().encodeToString("\0user\0pass-word".getBytes(java.nio.charset.StandardCharsets.UTF_8));

    private final SettableClock clock = new SettableClock();
    private final EngineRig rig =
            new EngineRig(EngineRig.settings(Duration.ofSeconds(5), Duration.ofSeconds(5)), clock);

    private static final class SettableClock extends Clock {
        private volatile Instant now = Instant.parse("2026-11-25T00:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }

        void advance(Duration by) {
            now = now.plus(by);
        }
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void opportunisticShouldUseStartTlsWhenItIsOfferedAndTakeAnyCertificate() {
        ScriptedSmtpPeer peer =
                rig.peer(PeerScript.offering("PIPELINING").withTls(SERVER), OPPORTUNISTIC, Optional.empty());

        Recorder heard = rig.deliver(ALICE).awaits(1);

        heard.delivered(ALICE);
        assertThat(heard.attempt(ALICE).tls()).matches("TLSv1\\.3 TLS_[A-Z0-9_]+");
        assertThat(peer.commands())
                .startsWith("EHLO client.test", "STARTTLS", "EHLO client.test", "MAIL FROM:<sender@example.com>");
        assertThat(peer.sessions()).singleElement().matches(PeerConversation::isSecured);
        rig.deliver(BOB).awaits(1).delivered(BOB);
        assertThat(peer.sessions()).hasSize(1);
    }

    @Test
    void opportunisticShouldNoteWhatIsWrongWithACertificateAlsoWhenTheTlsSessionIsResumed() {
        rig.peer(PeerScript.offering().withTls(SERVER), "localhost", OPPORTUNISTIC, Optional.empty(), 1, 1);

        for (int i = 0; i < 3; i++) {
            Attempt attempt = rig.deliver(ALICE).awaits(1).attempt(ALICE);
            assertThat(attempt.connection().certificateProblem().orElseThrow()).contains("certification path");
            assertThat(attempt.talk()).anyMatch(line -> line.startsWith("* the certificate of the peer is not to be"));
        }
    }

    @Test
    void opportunisticShouldRefuseABadCertificateWhenItIsToBeVerified() {
        ScriptedSmtpPeer peer = rig.peer(
                PeerScript.offering().withTls(SERVER),
                new Tls(TlsMode.OPPORTUNISTIC, true, Optional.empty()),
                Optional.empty());

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).reason()).contains("certificate");
        assertThat(peer.sessions()).as("no clear text instead").hasSize(1);
    }

    @Test
    void aTrustedCertificateShouldHaveNoProblem() {
        rig.peer(PeerScript.offering().withTls(SERVER), "localhost", VERIFIED, Optional.empty(), 1, 1);

        assertThat(rig.deliver(ALICE).awaits(1).attempt(ALICE).connection().certificateProblem())
                .isEmpty();
    }

    @Test
    void opportunisticShouldUseClearTextWhenStartTlsIsNotOffered() {
        rig.peer(PeerScript.offering(), OPPORTUNISTIC, Optional.empty());

        Recorder heard = rig.deliver(ALICE).awaits(1);

        heard.delivered(ALICE);
        assertThat(heard.attempt(ALICE).tls()).isEmpty();
    }

    static Stream<Named<Supplier<PeerScript>>> brokenStartTls() {
        return Stream.of(
                Named.of("454", () -> PeerScript.thatAnswersStartTlsWith(SERVER, "454 4.7.0 TLS not available")),
                Named.of("501", () -> PeerScript.thatAnswersStartTlsWith(SERVER, "501 5.5.2 what")),
                Named.of("250", () -> PeerScript.thatAnswersStartTlsWith(SERVER, "250 ok")),
                Named.of("garbage", () -> PeerScript.thatTalksNonsenseInsteadOfTls(SERVER)),
                Named.of("cut in the handshake", () -> PeerScript.thatCutsInTheHandshake(SERVER)));
    }

    @ParameterizedTest
    @MethodSource("brokenStartTls")
    void opportunisticShouldTakeClearTextOnANewConnectionWhenStartTlsFailsAndRememberItForAWhile(
            Supplier<PeerScript> script) {
        ScriptedSmtpPeer peer = rig.peer(script.get(), "127.0.0.1", OPPORTUNISTIC, Optional.empty(), 1, 1);

        Recorder heard = rig.deliver(ALICE).awaits(1);
        rig.deliver(BOB).awaits(1).delivered(BOB);

        heard.delivered(ALICE);
        assertThat(heard.attempt(ALICE).talk()).contains("* STARTTLS failed: clear text on a new connection");
        assertThat(peer.sessions())
                .extracting(session -> session.commands().contains("STARTTLS"))
                .as("STARTTLS tried")
                .containsExactly(true, false, false);

        clock.advance(Duration.ofMinutes(61));
        rig.deliver(ALICE).awaits(1).delivered(ALICE);
        assertThat(peer.sessions().get(3).commands()).as("after an hour").contains("STARTTLS");
    }

    @Test
    void opportunisticShouldDropTheConnectionWhenAReplyLiesBehindTheAnswerToStartTls() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatInjectsBehindStartTls(SERVER), OPPORTUNISTIC, Optional.empty());

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(peer.commands()).containsExactly("EHLO client.test", "STARTTLS");
    }

    @ParameterizedTest
    @MethodSource("brokenStartTls")
    void requiredTlsShouldBeARouteFaultWhenStartTlsFails(Supplier<PeerScript> script) {
        ScriptedSmtpPeer peer = rig.peer(script.get(), REQUIRED, Optional.empty());

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(peer.sessions()).hasSize(1);
        assertThat(peer.commands()).noneMatch(command -> command.startsWith("MAIL"));
    }

    @Test
    void requiredTlsShouldBeARouteFaultWhenStartTlsIsNotOffered() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering(), REQUIRED, Optional.empty());

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).reason()).contains("does not offer STARTTLS");
        assertThat(peer.commands()).noneMatch(command -> command.startsWith("MAIL"));
    }

    @Test
    void capabilitiesShouldBeForgottenAfterStartTls() {
        ScriptedSmtpPeer peer = rig.peer(
                PeerScript.offering()
                        .withTls(SERVER)
                        .at(
                                Stage.EHLO,
                                Act.reply("250-peer", "250-PIPELINING", "250-SIZE 1", "250 STARTTLS"),
                                Act.reply("250 peer")),
                REQUIRED,
                Optional.empty());

        rig.deliver(ALICE).awaits(1).delivered(ALICE);

        assertThat(peer.commands()).contains("MAIL FROM:<sender@example.com>");
    }

    @Test
    void capabilitiesShouldBeForgottenAfterStartTlsEvenWhenEhloIsRefusedThen() {
        ScriptedSmtpPeer peer = rig.peer(
                PeerScript.offering()
                        .withTls(SERVER)
                        .at(Stage.EHLO, Act.reply("250-peer", "250-SIZE 1", "250 STARTTLS"), Act.reply("500 no")),
                REQUIRED,
                Optional.empty());

        rig.deliver(ALICE).awaits(1).delivered(ALICE);

        assertThat(peer.commands()).containsSubsequence("STARTTLS", "EHLO client.test", "HELO client.test");
    }

    @Test
    void verifyShouldTakeATrustedCertificateForTheHost() {
        rig.peer(PeerScript.offering().withTls(SERVER), "localhost", VERIFIED, Optional.empty(), 1, 1);

        rig.deliver(ALICE).awaits(1).delivered(ALICE);
    }

    @Test
    void verifyShouldRefuseACertificateForAnotherHost() {
        TestCertificate other = TestCertificate.with("dns:other.example");
        Tls tls = new Tls(TlsMode.STARTTLS, true, Optional.of(other.pem()));
        ScriptedSmtpPeer peer = rig.peer(
                PeerScript.offering().withTls(other.serverContext()), "localhost", tls, Optional.empty(), 1, 1);

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(heard.deferred(ALICE).reason()).contains("localhost");
        assertThat(peer.messages()).isEmpty();
    }

    @Test
    void verifyShouldRefuseACertificateThatNobodyVouchesFor() {
        Tls tls = new Tls(TlsMode.STARTTLS, true, Optional.empty());
        rig.peer(PeerScript.offering().withTls(SERVER), "localhost", tls, Optional.empty(), 1, 1);

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(heard.deferred(ALICE).reason()).contains("certificate of the peer", "certification path");
    }

    @Test
    void aCaThatCannotBeReadShouldBeARouteFault() {
        Tls tls = new Tls(TlsMode.STARTTLS, true, Optional.of("no certificate"));
        rig.peer(PeerScript.offering().withTls(SERVER), tls, Optional.empty());

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(heard.deferred(ALICE).reason()).contains("tls.ca");
    }

    @Test
    void implicitTlsShouldBeginWithTheHandshake() {
        Tls tls = new Tls(TlsMode.IMPLICIT, true, Optional.of(CERTIFICATE.pem()));
        ScriptedSmtpPeer peer =
                rig.peer(PeerScript.offering().withImplicitTls(SERVER), "localhost", tls, Optional.empty(), 1, 1);

        Recorder heard = rig.deliver(ALICE).awaits(1);

        heard.delivered(ALICE);
        assertThat(heard.attempt(ALICE).tls()).startsWith("TLSv1.3 ");
        assertThat(peer.commands()).doesNotContain("STARTTLS");
    }

    @Test
    void implicitTlsShouldBeARouteFaultWhenThePeerSpeaksClearText() {
        rig.peer(PeerScript.offering(), new Tls(TlsMode.IMPLICIT, false, Optional.empty()), Optional.empty());

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"AUTH PLAIN LOGIN", "AUTH LOGIN", "AUTH=LOGIN PLAIN"})
    void loginShouldUseAMechanismThatIsOfferedAndKeepTheSecretOutOfTheTalk(String capability) {
        ScriptedSmtpPeer peer = rig.peer(
                PeerScript.offering(capability).withTls(SERVER).withLogin("user", "pass-word"), REQUIRED, LOGIN);

        Recorder heard = rig.deliver(ALICE).awaits(1);

        heard.delivered(ALICE);
        String mechanism = capability.contains("PLAIN") ? "AUTH PLAIN " + PLAIN : "AUTH LOGIN";
        assertThat(peer.commands()).contains(mechanism);
        assertThat(heard.attempt(ALICE).talk())
                .anyMatch(line -> line.endsWith("***"))
                .noneMatch(line -> line.contains(PLAIN) || line.contains("cGFzcy13b3Jk"));
    }

    @Test
    void aLoginThatIsRefusedShouldBeARouteFault() {
        rig.peer(PeerScript.offering("AUTH PLAIN").withTls(SERVER).withLogin("user", "another"), REQUIRED, LOGIN);

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(heard.deferred(ALICE).reply().orElseThrow().code()).isEqualTo(535);
    }

    @Test
    void aLoginShouldBeARouteFaultWhenNoMechanismIsOffered() {
        rig.peer(PeerScript.offering("AUTH CRAM-MD5").withTls(SERVER), REQUIRED, LOGIN);

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).reason())
                .contains("offers neither AUTH PLAIN nor AUTH LOGIN");
    }

    @Test
    void aPasswordShouldGoOutInClearTextToLoopbackWhenTheModeIsNone() {
        rig.peer(PeerScript.offering("AUTH PLAIN").withLogin("user", "pass-word"), NO_TLS, LOGIN);

        rig.deliver(ALICE).awaits(1).delivered(ALICE);
    }

    @Test
    void aPasswordShouldNotGoOutInClearTextWhenStartTlsIsNotOffered() {
        ScriptedSmtpPeer peer =
                rig.peer(PeerScript.offering("AUTH PLAIN").withLogin("user", "pass-word"), OPPORTUNISTIC, LOGIN);

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(peer.commands()).noneMatch(command -> command.startsWith("AUTH"));
    }

    @ParameterizedTest
    @MethodSource("brokenStartTls")
    void aPasswordShouldNotGoOutInClearTextWhenStartTlsFails(Supplier<PeerScript> script) {
        ScriptedSmtpPeer peer = rig.peer(script.get(), OPPORTUNISTIC, LOGIN);

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(peer.commands()).noneMatch(command -> command.startsWith("AUTH") || command.startsWith("MAIL"));
    }

    @Test
    void aLoginShouldNotShowItsPassword() {
        assertThat(List.of(LOGIN.orElseThrow()).toString()).doesNotContain("pass-word");
    }
}
