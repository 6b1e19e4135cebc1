package io.postrider.delivery.smtp;

import static io.postrider.delivery.smtp.EngineRig.ALICE;
import static io.postrider.delivery.smtp.EngineRig.BOB;
import static io.postrider.delivery.smtp.EngineRig.CAROL;
import static io.postrider.delivery.smtp.PeerBehaviour.Result.BOUNCED;
import static io.postrider.delivery.smtp.PeerBehaviour.Result.DELIVERED;
import static io.postrider.delivery.smtp.PeerBehaviour.Result.LATER;
import static io.postrider.delivery.smtp.PeerBehaviour.Result.LATER_OR_ELSEWHERE;
import static io.postrider.delivery.smtp.PeerBehaviour.Result.LATER_SAME_WAY_ONLY;
import static io.postrider.delivery.smtp.PeerBehaviour.at;

import io.postrider.route.Relay.Tls;
import io.postrider.route.Relay.TlsMode;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.Stage;
import io.postrider.testkit.smtp.TestCertificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** The rows of {@code docs/reference/peers.md}. */
final class PeerBehaviours {
    private static final TestCertificate CERTIFICATE = TestCertificate.with("dns:localhost,ip:127.0.0.1");
    private static final TestCertificate OTHER = TestCertificate.with("dns:other.example");
    private static final TestCertificate EXPIRED = TestCertificate.expired("dns:localhost,ip:127.0.0.1");
    private static final SSLContext SERVER = CERTIFICATE.serverContext();
    private static final Tls OPPORTUNISTIC = new Tls(TlsMode.OPPORTUNISTIC, false, Optional.empty());
    private static final Tls REQUIRED = new Tls(TlsMode.STARTTLS, false, Optional.empty());
    private static final Tls IMPLICIT = new Tls(TlsMode.IMPLICIT, false, Optional.empty());
    private static final Login LOGIN = new Login("user", "pass-word");
    private static final Duration A_MOMENT = Duration.ofMillis(150);
    private static final Duration TOO_LONG = Duration.ofMillis(600);
    private static final String BIG = "x: y\r\n\r\n" + "0123456789\r\n".repeat(1_000_000);
    private static final String CLEAR_TEXT = "at once, in clear text on a new connection";
    private static final String FRESH = "at once, on a new connection";
    private static final String REST = "the rest at once, in a new transaction";
    private static final String TLS_1_0_SERVER_HELLO =
            "\u0016\u0003\u0001\0*\u0002\0\0&\u0003\u0001" + "r".repeat(32) + "\0\0/\0";
    private static final String TLS_ALERT = "\u0015\u0003\u0003\0\u0002\u0002(";

    private PeerBehaviours() {}

    static List<PeerBehaviour> all() {
        List<PeerBehaviour> all = new ArrayList<>();
        all.addAll(atTheBanner());
        all.addAll(atEhlo());
        all.addAll(atStartTls());
        all.addAll(withCertificates());
        all.addAll(atAuth());
        all.addAll(atMail());
        all.addAll(atRcpt());
        all.addAll(atData());
        all.addAll(inTheMessage());
        all.addAll(afterTheDot());
        all.addAll(betweenMails());
        all.addAll(inWhatTheyOffer());
        all.addAll(inTheShapeOfReplies());
        return all;
    }

    private static List<PeerBehaviour> atTheBanner() {
        return List.of(
                at("banner", "answers 554", () -> PeerScript.thatGreetsWith("554 5.7.1 go away"))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered the connection with 554 5.7.1 go away")
                        .notHearing("EHLO"),
                at(
                                "banner",
                                "answers 421 and closes",
                                () -> PeerScript.offering()
                                        .always(
                                                Stage.BANNER,
                                                Act.reply("421 4.3.2 too busy").then(Act.cut())))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("421 4.3.2 too busy"),
                at("banner", "answers 450", () -> PeerScript.thatGreetsWith("450 4.3.2 not now"))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered the connection with 450 4.3.2 not now"),
                at("banner", "greets with 250", () -> PeerScript.thatGreetsWith("250 hello"))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered the connection with 250 hello"),
                at("banner", "speaks another protocol", () -> PeerScript.thatGreetsWith("SSH-2.0-OpenSSH_9.2"))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("no SMTP reply: 'SSH-2.0-OpenSSH_9.2'"),
                at("banner", "closes without a word", PeerScript::thatCutsBeforeTheBanner)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer closed the connection"),
                at(
                                "banner",
                                "resets the connection",
                                () -> PeerScript.offering().always(Stage.BANNER, Act.late(A_MOMENT, Act.reset())))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the connection broke: "),
                at("banner", "says nothing", () -> PeerScript.offering().always(Stage.BANNER, Act.stall()))
                        .withShortTimeouts()
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("no reply to the connection within 250 ms"),
                at(
                                "banner",
                                "greets late, but in time",
                                () -> PeerScript.offering()
                                        .always(Stage.BANNER, Act.late(A_MOMENT, Act.reply("220 at last"))))
                        .gives(DELIVERED)
                        .traced("< 220 at last"),
                at(
                                "banner",
                                "dribbles a byte at a time, beyond the timeout",
                                () -> PeerScript.offering()
                                        .always(
                                                Stage.BANNER,
                                                Act.dribble("220-" + "x".repeat(100), Duration.ofMillis(20))))
                        .withShortTimeouts()
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("no reply to the connection within 250 ms"),
                at(
                                "banner",
                                "greets on three lines",
                                () -> PeerScript.offering()
                                        .always(Stage.BANNER, Act.reply("220-one", "220-two", "220 three")))
                        .gives(DELIVERED)
                        .traced("< 220-two"),
                at("banner", "sends a whole session behind it", PeerScript::thatSendsAWholeSessionBehindTheBanner)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer sent")
                        .receiving(0)
                        .notHearing("MAIL"),
                at(
                                "banner",
                                "never ends its greeting",
                                () -> PeerScript.offering().always(Stage.BANNER, Act.endless("220-and on it goes\r\n")))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("a reply of more than"));
    }

    private static List<PeerBehaviour> atEhlo() {
        return List.of(
                at("EHLO", "knows only HELO (500)", PeerScript::thatKnowsOnlyHelo)
                        .gives(DELIVERED)
                        .traced("> HELO client.test")
                        .hearing("EHLO client.test", "HELO client.test", "MAIL FROM:<sender@example.com>"),
                at(
                                "EHLO",
                                "refuses EHLO (550) and HELO",
                                () -> PeerScript.offering()
                                        .always(Stage.EHLO, Act.reply("550 5.7.1 not you"))
                                        .always(Stage.HELO, Act.reply("550 5.7.1 not you either")))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered HELO with 550 5.7.1 not you either"),
                at(
                                "EHLO",
                                "answers 421",
                                () -> PeerScript.offering()
                                        .always(
                                                Stage.EHLO,
                                                Act.reply("421 4.3.2 shutting down")
                                                        .then(Act.cut())))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered EHLO with 421 4.3.2 shutting down")
                        .notHearing("HELO"),
                at("EHLO", "answers 451", () -> PeerScript.offering().always(Stage.EHLO, Act.reply("451 4.3.0 later")))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered EHLO with 451 4.3.0 later")
                        .notHearing("HELO"),
                at("EHLO", "closes", () -> PeerScript.offering().always(Stage.EHLO, Act.cut()))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer closed the connection"),
                at("EHLO", "says nothing", () -> PeerScript.offering().always(Stage.EHLO, Act.stall()))
                        .withShortTimeouts()
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("no reply to EHLO client.test within 250 ms"),
                at(
                                "EHLO",
                                "lists 900 extensions",
                                () -> PeerScript.offering()
                                        .always(
                                                Stage.EHLO,
                                                Act.raw("250-X-NOISE\r\n".repeat(900) + "250 SIZE 1000\r\n")))
                        .gives(DELIVERED)
                        .traced("> MAIL FROM:<sender@example.com> SIZE=26"),
                at(
                                "EHLO",
                                "never ends its list",
                                () -> PeerScript.offering().always(Stage.EHLO, Act.endless("250-X-NOISE\r\n")))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("a reply of more than 1000 lines"));
    }

    private static List<PeerBehaviour> atStartTls() {
        return List.of(
                at(
                                "STARTTLS",
                                "answers 454; TLS is opportunistic",
                                () -> PeerScript.thatAnswersStartTlsWith(SERVER, "454 4.7.0 TLS not available"))
                        .with(OPPORTUNISTIC)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(CLEAR_TEXT)
                        .traced("* STARTTLS failed: clear text on a new connection")
                        .hearing("STARTTLS", "EHLO client.test", "MAIL FROM:<sender@example.com>"),
                at(
                                "STARTTLS",
                                "answers 501; TLS is opportunistic",
                                () -> PeerScript.thatAnswersStartTlsWith(SERVER, "501 5.5.2 what"))
                        .with(OPPORTUNISTIC)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(CLEAR_TEXT)
                        .traced("the peer answered STARTTLS with 501 5.5.2 what"),
                at(
                                "STARTTLS",
                                "answers 421; TLS is opportunistic",
                                () -> PeerScript.thatAnswersStartTlsWith(SERVER, "421 4.3.2 shutting down"))
                        .with(OPPORTUNISTIC)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered STARTTLS with 421 4.3.2 shutting down"),
                at(
                                "STARTTLS",
                                "talks garbage in the handshake; TLS is opportunistic",
                                () -> PeerScript.thatTalksNonsenseInsteadOfTls(SERVER))
                        .with(OPPORTUNISTIC)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(CLEAR_TEXT)
                        .traced("* TLS handshake: not an SSL/TLS record"),
                at("STARTTLS", "sends an alert; TLS is opportunistic", () -> inPlaceOfTheHandshake(TLS_ALERT))
                        .with(OPPORTUNISTIC)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(CLEAR_TEXT)
                        .traced("* TLS handshake: Received fatal alert: handshake_failure"),
                at(
                                "STARTTLS",
                                "knows only TLS 1.0; TLS is opportunistic",
                                () -> inPlaceOfTheHandshake(TLS_1_0_SERVER_HELLO))
                        .with(OPPORTUNISTIC)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(CLEAR_TEXT)
                        .traced("TLS10"),
                at(
                                "STARTTLS",
                                "closes in the handshake; TLS is opportunistic",
                                () -> PeerScript.thatCutsInTheHandshake(SERVER))
                        .with(OPPORTUNISTIC)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(CLEAR_TEXT)
                        .traced("* STARTTLS failed: clear text on a new connection"),
                at(
                                "STARTTLS",
                                "says nothing in the handshake; TLS is opportunistic",
                                () -> PeerScript.offering()
                                        .withTls(SERVER)
                                        .always(
                                                Stage.STARTTLS,
                                                Act.reply("220 go").then(Act.stall())))
                        .with(OPPORTUNISTIC)
                        .withShortTimeouts()
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(CLEAR_TEXT)
                        .traced("the TLS handshake took more than 250 ms"),
                at(
                                "STARTTLS",
                                "failed a moment ago; TLS is opportunistic",
                                () -> PeerScript.thatAnswersStartTlsWith(SERVER, "454 4.7.0 TLS not available"))
                        .with(OPPORTUNISTIC)
                        .after(1)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .traced("connection kept"),
                at("STARTTLS", "injects a reply behind its 220", () -> PeerScript.thatInjectsBehindStartTls(SERVER))
                        .with(OPPORTUNISTIC)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer sent")
                        .notHearing("MAIL"),
                at(
                                "STARTTLS",
                                "answers 454; TLS is required",
                                () -> PeerScript.thatAnswersStartTlsWith(SERVER, "454 4.7.0 TLS not available"))
                        .with(REQUIRED)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer answered STARTTLS with 454 4.7.0 TLS not available")
                        .notHearing("MAIL"),
                at(
                                "STARTTLS",
                                "closes in the handshake; TLS is required",
                                () -> PeerScript.thatCutsInTheHandshake(SERVER))
                        .with(REQUIRED)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("TLS handshake")
                        .notHearing("MAIL"),
                at("STARTTLS", "does not offer it; TLS is opportunistic", PeerScript::offering)
                        .with(OPPORTUNISTIC)
                        .gives(DELIVERED)
                        .traced("250 2.0.0 taken"),
                at("STARTTLS", "does not offer it; TLS is required", PeerScript::offering)
                        .with(REQUIRED)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("does not offer STARTTLS, which the relay requires")
                        .notHearing("MAIL"),
                at(
                                "STARTTLS",
                                "offers other things before TLS than behind it",
                                () -> PeerScript.offering()
                                        .withTls(SERVER)
                                        .at(
                                                Stage.EHLO,
                                                Act.reply("250-peer", "250-SIZE 1", "250 STARTTLS"),
                                                Act.reply("250 peer")))
                        .with(OPPORTUNISTIC)
                        .gives(DELIVERED)
                        .traced("> MAIL FROM:<sender@example.com>"),
                at("STARTTLS", "speaks clear text where TLS comes first", PeerScript::offering)
                        .with(IMPLICIT)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("TLS handshake: not an SSL/TLS record"),
                at(
                                "STARTTLS",
                                "closes behind TLS without close_notify",
                                () -> PeerScript.offering().withTls(SERVER).always(Stage.MAIL, Act.reset()))
                        .with(OPPORTUNISTIC)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer closed the connection"));
    }

    private static List<PeerBehaviour> withCertificates() {
        return List.of(
                at(
                                "certificate",
                                "is self-signed; TLS is opportunistic",
                                () -> PeerScript.offering().withTls(SERVER))
                        .with(OPPORTUNISTIC)
                        .gives(DELIVERED)
                        .traced(
                                "* the certificate of the peer is not to be trusted: unable to find valid certification path"),
                at(
                                "certificate",
                                "names another host; TLS is opportunistic",
                                () -> PeerScript.offering().withTls(OTHER.serverContext()))
                        .with(new Tls(TlsMode.OPPORTUNISTIC, false, Optional.of(OTHER.pem())))
                        .under("localhost")
                        .gives(DELIVERED)
                        .traced("No subject alternative DNS name matching localhost found"),
                at(
                                "certificate",
                                "is expired; TLS is opportunistic",
                                () -> PeerScript.offering().withTls(EXPIRED.serverContext()))
                        .with(new Tls(TlsMode.OPPORTUNISTIC, false, Optional.of(EXPIRED.pem())))
                        .under("localhost")
                        .gives(DELIVERED)
                        .traced("NotAfter: "),
                at(
                                "certificate",
                                "is self-signed; TLS is opportunistic, but to be verified",
                                () -> PeerScript.offering().withTls(SERVER))
                        .with(new Tls(TlsMode.OPPORTUNISTIC, true, Optional.empty()))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced(
                                "the certificate of the peer cannot be trusted: unable to find valid certification path")
                        .notHearing("MAIL"),
                at(
                                "certificate",
                                "is of an unknown authority; to be verified",
                                () -> PeerScript.offering().withTls(SERVER))
                        .with(new Tls(TlsMode.STARTTLS, true, Optional.of(OTHER.pem())))
                        .under("localhost")
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the certificate of the peer cannot be trusted")
                        .notHearing("MAIL"),
                at(
                                "certificate",
                                "names another host; to be verified",
                                () -> PeerScript.offering().withTls(OTHER.serverContext()))
                        .with(new Tls(TlsMode.STARTTLS, true, Optional.of(OTHER.pem())))
                        .under("localhost")
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("No subject alternative DNS name matching localhost found")
                        .notHearing("MAIL"),
                at(
                                "certificate",
                                "is expired; to be verified",
                                () -> PeerScript.offering().withTls(EXPIRED.serverContext()))
                        .with(new Tls(TlsMode.STARTTLS, true, Optional.of(EXPIRED.pem())))
                        .under("localhost")
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("NotAfter: ")
                        .notHearing("MAIL"),
                at(
                                "certificate",
                                "is in order; to be verified",
                                () -> PeerScript.offering().withTls(SERVER))
                        .with(new Tls(TlsMode.STARTTLS, true, Optional.of(CERTIFICATE.pem())))
                        .under("localhost")
                        .gives(DELIVERED)
                        .traced("* TLSv1.3 TLS_"));
    }

    private static List<PeerBehaviour> atAuth() {
        return List.of(
                at("AUTH", "refuses our login (535)", () -> auth("535 5.7.8 credentials not valid"))
                        .with(LOGIN)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered AUTH with 535 5.7.8 credentials not valid")
                        .notHearing("MAIL"),
                at("AUTH", "finds the mechanism too weak (534)", () -> auth("534 5.7.9 mechanism too weak"))
                        .with(LOGIN)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered AUTH with 534 5.7.9 mechanism too weak"),
                at("AUTH", "cannot check it now (454)", () -> auth("454 4.7.0 temporary failure"))
                        .with(LOGIN)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered AUTH with 454 4.7.0 temporary failure"),
                at("AUTH", "closes", () -> PeerScript.offering("AUTH PLAIN").always(Stage.AUTH, Act.cut()))
                        .with(LOGIN)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer closed the connection"),
                at("AUTH", "does not offer it", PeerScript::offering)
                        .with(LOGIN)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("offers neither AUTH PLAIN nor AUTH LOGIN"),
                at(
                                "AUTH",
                                "offers only LOGIN",
                                () -> PeerScript.offering("AUTH LOGIN").withLogin("user", "pass-word"))
                        .with(LOGIN)
                        .gives(DELIVERED)
                        .traced("> AUTH LOGIN"),
                at(
                                "AUTH",
                                "repeats our password in its refusal",
                                () -> auth("535 5.7.8 no such login: user pass-word AHVzZXIAcGFzcy13b3Jk"))
                        .with(LOGIN)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("535 5.7.8 no such login: user *** ***"),
                at(
                                "AUTH",
                                "asks on and on (334)",
                                () -> PeerScript.offering("AUTH LOGIN")
                                        .always(Stage.AUTH, Act.reply("334 VXNlcm5hbWU6"))
                                        .always(Stage.OTHER, Act.reply("334 VXNlcm5hbWU6")))
                        .with(LOGIN)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered AUTH with 334"));
    }

    private static List<PeerBehaviour> atMail() {
        return List.of(
                at(
                                "MAIL",
                                "demands a login (530)",
                                () -> PeerScript.offering("PIPELINING")
                                        .always(Stage.MAIL, Act.reply("530 5.7.0 authentication required"))
                                        .always(Stage.RCPT, Act.reply("503 5.5.1 MAIL first"))
                                        .always(Stage.DATA, Act.reply("503 5.5.1 MAIL first")))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered MAIL with 530 5.7.0 authentication required"),
                at(
                                "MAIL",
                                "refuses the sender (550)",
                                () -> PeerScript.offering().always(Stage.MAIL, Act.reply("550 5.1.8 no such sender")))
                        .gives(BOUNCED)
                        .traced("550 5.1.8 no such sender")
                        .notHearing("RCPT"),
                at(
                                "MAIL",
                                "answers 451",
                                () -> PeerScript.offering().always(Stage.MAIL, Act.reply("451 4.3.0 try again later")))
                        .gives(LATER)
                        .traced("answered MAIL with 451 4.3.0 try again later"),
                at(
                                "MAIL",
                                "answers 421 on a new connection",
                                () -> PeerScript.offering()
                                        .always(
                                                Stage.MAIL,
                                                Act.reply("421 4.7.0 slow down").then(Act.cut())))
                        .gives(LATER)
                        .traced("the peer answered MAIL with 421 4.7.0 slow down"),
                at("MAIL", "answers 354", () -> PeerScript.offering().always(Stage.MAIL, Act.reply("354 what")))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer answered MAIL out of turn: 354 what"),
                at("MAIL", "closes", () -> PeerScript.offering().always(Stage.MAIL, Act.cut()))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer closed the connection"),
                at("MAIL", "says nothing", () -> PeerScript.offering().always(Stage.MAIL, Act.stall()))
                        .withShortTimeouts()
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("no reply to MAIL FROM:<sender@example.com> within 250 ms"),
                at(
                                "MAIL",
                                "sends half a reply more than asked for",
                                () -> PeerScript.offering().always(Stage.MAIL, Act.raw("250 ok\r\n25")))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer sent more than it was asked for")
                        .notHearing("RCPT"));
    }

    private static List<PeerBehaviour> atRcpt() {
        return List.of(
                at(
                                "RCPT",
                                "answers 251",
                                () -> PeerScript.offering()
                                        .always(Stage.RCPT, Act.reply("251 2.1.5 user not local, will forward")))
                        .gives(DELIVERED)
                        .traced("< 251 2.1.5 user not local, will forward"),
                at(
                                "RCPT",
                                "answers 252",
                                () -> PeerScript.offering()
                                        .always(Stage.RCPT, Act.reply("252 2.1.5 cannot verify, will try")))
                        .gives(DELIVERED)
                        .traced("< 252 2.1.5 cannot verify, will try"),
                at(
                                "RCPT",
                                "refuses the one recipient",
                                () -> PeerScript.offering("PIPELINING")
                                        .always(Stage.RCPT, Act.reply("550 5.1.1 no such user"))
                                        .always(Stage.DATA, Act.reply("503 5.5.1 no valid recipients")))
                        .gives(BOUNCED)
                        .traced("550 5.1.1 no such user")
                        .receiving(0),
                at(
                                "RCPT",
                                "refuses all, and wants data all the same",
                                () -> PeerScript.offering("PIPELINING")
                                        .always(Stage.RCPT, Act.reply("550 5.1.1 no such user")))
                        .gives(BOUNCED)
                        .traced("550 5.1.1 no such user")
                        .receiving(1),
                at(
                                "RCPT",
                                "takes one, defers one and refuses one",
                                () -> PeerScript.offering("PIPELINING")
                                        .when("RCPT TO:<bob@", Act.reply("450 4.2.1 mailbox busy"))
                                        .when("RCPT TO:<carol@", Act.reply("550 5.1.1 no such user")))
                        .to(ALICE, BOB, CAROL)
                        .gives(DELIVERED, LATER, BOUNCED)
                        .traced("answered RCPT with 450 4.2.1 mailbox busy")
                        .receiving(1),
                at(
                                "RCPT",
                                "defers one and refuses one, takes none",
                                () -> PeerScript.offering()
                                        .when("RCPT TO:<alice@", Act.reply("451 4.7.1 greylisted"))
                                        .when("RCPT TO:<bob@", Act.reply("550 5.1.1 no such user")))
                        .to(ALICE, BOB)
                        .gives(LATER, BOUNCED)
                        .traced("answered RCPT with 451 4.7.1 greylisted")
                        .notHearing("DATA"),
                at(
                                "RCPT",
                                "has enough recipients (452)",
                                () -> PeerScript.thatTakesOneRecipientThenSays("452 4.5.3 too many recipients"))
                        .to(ALICE, BOB)
                        .gives(DELIVERED, DELIVERED)
                        .retriedAtOnce(REST)
                        .traced("< 452 4.5.3 too many recipients")
                        .receiving(2),
                at(
                                "RCPT",
                                "has enough recipients (552)",
                                () -> PeerScript.thatTakesOneRecipientThenSays("552 too many recipients"))
                        .to(ALICE, BOB, CAROL)
                        .gives(DELIVERED, DELIVERED, DELIVERED)
                        .retriedAtOnce(REST)
                        .traced("< 552 too many recipients")
                        .receiving(2),
                at(
                                "RCPT",
                                "has a full mailbox (552) behind one that it took",
                                () -> PeerScript.thatTakesOneRecipientThenSays("552 5.2.2 mailbox full"))
                        .to(ALICE, BOB)
                        .gives(DELIVERED, BOUNCED)
                        .traced("552 5.2.2 mailbox full"),
                at(
                                "RCPT",
                                "has a full disk (452)",
                                () -> PeerScript.offering()
                                        .always(Stage.RCPT, Act.reply("452 4.3.1 insufficient storage")))
                        .gives(LATER)
                        .traced("answered RCPT with 452 4.3.1 insufficient storage"),
                at(
                                "RCPT",
                                "answers 421 to the second of three",
                                () -> PeerScript.offering("PIPELINING")
                                        .at(
                                                Stage.RCPT,
                                                Act.reply("550 5.1.1 no such user"),
                                                Act.reply("421 4.3.2 shutting down")
                                                        .then(Act.cut())))
                        .to(ALICE, BOB, CAROL)
                        .gives(BOUNCED, LATER, LATER)
                        .traced("the peer answered RCPT with 421 4.3.2 shutting down"),
                at(
                                "RCPT",
                                "answers 221 and closes",
                                () -> PeerScript.offering()
                                        .always(
                                                Stage.RCPT,
                                                Act.reply("221 2.0.0 bye").then(Act.cut())))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer answered RCPT with 221 2.0.0 bye"),
                at("RCPT", "says nothing", () -> PeerScript.offering().always(Stage.RCPT, Act.stall()))
                        .withShortTimeouts()
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("no reply to RCPT TO:<alice@example.net> within 250 ms"),
                at("RCPT", "closes", () -> PeerScript.offering().always(Stage.RCPT, Act.cut()))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer closed the connection"));
    }

    private static List<PeerBehaviour> atData() {
        return List.of(
                at(
                                "DATA",
                                "refuses (554) after it took the recipient",
                                () -> PeerScript.offering().always(Stage.DATA, Act.reply("554 5.7.1 not from you")))
                        .gives(BOUNCED)
                        .traced("554 5.7.1 not from you"),
                at("DATA", "answers 451", () -> PeerScript.offering().always(Stage.DATA, Act.reply("451 4.3.0 later")))
                        .gives(LATER)
                        .traced("answered DATA with 451 4.3.0 later"),
                at(
                                "DATA",
                                "answers 421",
                                () -> PeerScript.offering()
                                        .always(
                                                Stage.DATA,
                                                Act.reply("421 4.3.2 shutting down")
                                                        .then(Act.cut())))
                        .gives(LATER)
                        .traced("the peer answered DATA with 421 4.3.2 shutting down"),
                at("DATA", "answers 250", () -> PeerScript.offering().always(Stage.DATA, Act.reply("250 fine")))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer answered DATA out of turn: 250 fine"),
                at("DATA", "answers a bare 354", () -> PeerScript.offering().always(Stage.DATA, Act.reply("354")))
                        .gives(DELIVERED)
                        .traced("< 354"),
                at(
                                "DATA",
                                "answers 354 on two lines",
                                () -> PeerScript.offering().always(Stage.DATA, Act.reply("354-go", "354 on")))
                        .gives(DELIVERED)
                        .traced("< 354-go"),
                at("DATA", "sends a 250 behind the 354", PeerScript::thatSendsA250BehindThe354)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer sent")
                        .receiving(0),
                at("DATA", "says nothing", () -> PeerScript.offering().always(Stage.DATA, Act.stall()))
                        .withShortTimeouts()
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("no reply to DATA within 250 ms"),
                at("DATA", "closes", () -> PeerScript.offering().always(Stage.DATA, Act.cut()))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer closed the connection"));
    }

    private static List<PeerBehaviour> inTheMessage() {
        return List.of(
                at("message", "closes in the middle of it", () -> PeerScript.thatCutsInTheMessageAfter(1000))
                        .sending(BIG)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the connection broke: "),
                at(
                                "message",
                                "stops to read",
                                () -> PeerScript.offering("PIPELINING")
                                        .always(Stage.IN_DATA, Act.late(Duration.ofSeconds(4), Act.stall())))
                        .sending(BIG)
                        .withShortTimeouts()
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("the peer did not take a block of message data within 250 ms"),
                at(
                                "message",
                                "answers 552 in the middle of it",
                                () -> PeerScript.offering("PIPELINING")
                                        .always(
                                                Stage.IN_DATA,
                                                Act.reply("552 5.3.4 too big").then(Act.stall())))
                        .sending(BIG)
                        .gives(LATER)
                        .traced("a reply that nothing had asked for: 552 5.3.4 too big"),
                at(
                                "message",
                                "answers 250 in the middle of it",
                                () -> PeerScript.offering("PIPELINING")
                                        .always(
                                                Stage.IN_DATA,
                                                Act.reply("250 2.0.0 taken").then(Act.stall())))
                        .sending(BIG)
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("a reply that nothing had asked for: 250 2.0.0 taken"),
                at("message", "takes 12 MB", () -> PeerScript.offering("PIPELINING"))
                        .sending(BIG)
                        .gives(DELIVERED)
                        .traced("> [12000008 bytes of message data]")
                        .receiving(1),
                at("message", "is sent one without a last line end", PeerScript::offering)
                        .sending("a: b\r\n\r\nno end")
                        .gives(DELIVERED)
                        .traced("> [14 bytes of message data]")
                        .receiving(1));
    }

    private static List<PeerBehaviour> afterTheDot() {
        return List.of(
                at(
                                "final dot",
                                "answers 250 late, but in time",
                                () -> PeerScript.offering()
                                        .always(Stage.DOT, Act.late(A_MOMENT, Act.reply("250 2.0.0 at last"))))
                        .gives(DELIVERED)
                        .traced("250 2.0.0 at last"),
                at(
                                "final dot",
                                "answers 250 too late",
                                () -> PeerScript.offering()
                                        .always(Stage.DOT, Act.late(TOO_LONG, Act.reply("250 2.0.0 at last"))))
                        .withShortTimeouts()
                        .gives(LATER_SAME_WAY_ONLY)
                        .traced("the outcome is unknown: the message was sent, then no reply to"),
                at("final dot", "says nothing", PeerScript::thatStallsAfterTheDot)
                        .withShortTimeouts()
                        .gives(LATER_SAME_WAY_ONLY)
                        .traced("the outcome is unknown: the message was sent, then no reply to"),
                at("final dot", "closes", PeerScript::thatCutsAfterTheDot)
                        .gives(LATER_SAME_WAY_ONLY)
                        .traced("the outcome is unknown: the message was sent, then the peer closed the connection"),
                at(
                                "final dot",
                                "resets the connection",
                                () -> PeerScript.offering().always(Stage.DOT, Act.reset()))
                        .gives(LATER_SAME_WAY_ONLY)
                        .traced("the outcome is unknown"),
                at(
                                "final dot",
                                "closes its direction only",
                                () -> PeerScript.offering().always(Stage.DOT, Act.halfClose()))
                        .gives(LATER_SAME_WAY_ONLY)
                        .traced("the outcome is unknown: the message was sent, then the peer closed the connection"),
                at("final dot", "answers nonsense, and 221 to QUIT", () -> PeerScript.thatAnswersTheDotWith("nonsense"))
                        .gives(LATER_SAME_WAY_ONLY)
                        .traced("no SMTP reply: 'nonsense'")
                        .notHearing("QUIT"),
                at("final dot", "answers 221", () -> PeerScript.thatAnswersTheDotWith("221 2.0.0 bye"))
                        .gives(LATER_SAME_WAY_ONLY)
                        .traced("the peer answered the message with 221 2.0.0 bye"),
                at("final dot", "answers 354", () -> PeerScript.thatAnswersTheDotWith("354 more"))
                        .gives(LATER_SAME_WAY_ONLY)
                        .traced("out of turn: 354 more"),
                at("final dot", "answers 252", () -> PeerScript.thatAnswersTheDotWith("252 2.0.0 probably"))
                        .gives(DELIVERED)
                        .traced("252 2.0.0 probably"),
                at("final dot", "answers 554", () -> PeerScript.thatAnswersTheDotWith("554 5.7.1 spam"))
                        .gives(BOUNCED)
                        .traced("554 5.7.1 spam"),
                at("final dot", "answers 451", () -> PeerScript.thatAnswersTheDotWith("451 4.3.0 later"))
                        .gives(LATER)
                        .traced("answered the message with 451 4.3.0 later"),
                at("final dot", "answers 421", () -> PeerScript.thatAnswersTheDotWith("421 4.3.2 shutting down"))
                        .gives(LATER)
                        .traced("answered the message with 421 4.3.2 shutting down"),
                at("final dot", "demands a login (530)", () -> PeerScript.thatAnswersTheDotWith("530 5.7.0 log in"))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("answered the message with 530 5.7.0 log in"),
                at(
                                "final dot",
                                "answers 250 and closes at once",
                                () -> PeerScript.offering("PIPELINING")
                                        .always(
                                                Stage.DOT,
                                                Act.reply("250 2.0.0 taken").then(Act.cut())))
                        .gives(DELIVERED)
                        .traced("250 2.0.0 taken"));
    }

    private static List<PeerBehaviour> betweenMails() {
        return List.of(
                at("next mail", "keeps the connection", () -> PeerScript.offering("PIPELINING"))
                        .after(2)
                        .gives(DELIVERED)
                        .traced("* connection kept, transaction 3 on it")
                        .notHearing("RSET"),
                at(
                                "next mail",
                                "closes after each mail",
                                () -> PeerScript.offering("PIPELINING")
                                        .always(
                                                Stage.DOT,
                                                Act.reply("250 2.0.0 taken").then(Act.cut())))
                        .after(2)
                        .onConnections(3)
                        .gives(DELIVERED)
                        .traced("250 2.0.0 taken"),
                at(
                                "next mail",
                                "answers 421 to its MAIL",
                                () -> PeerScript.offering("PIPELINING")
                                        .at(
                                                Stage.MAIL,
                                                Act.reply("250 ok"),
                                                Act.reply("421 4.4.2 idle for too long")
                                                        .then(Act.cut())))
                        .after(1)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(FRESH)
                        .traced(": once more, on a new connection"),
                at(
                                "next mail",
                                "answers 451 to its MAIL: enough for one connection",
                                () -> PeerScript.offering()
                                        .at(Stage.MAIL, Act.reply("250 ok"), Act.reply("451 4.7.0 enough")))
                        .after(1)
                        .gives(LATER)
                        .traced("answered MAIL with 451 4.7.0 enough"),
                at(
                                "next mail",
                                "closed a connection that was idle",
                                () -> PeerScript.offering("PIPELINING").at(Stage.MAIL, Act.reply("250 ok"), Act.cut()))
                        .after(1)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(FRESH)
                        .traced(": once more, on a new connection"),
                at(
                                "next mail",
                                "left the refused mail before open: RSET",
                                () -> PeerScript.offering().at(Stage.RCPT, Act.reply("550 5.1.1 no")))
                        .after(1)
                        .gives(DELIVERED)
                        .traced("> RSET"),
                at(
                                "next mail",
                                "refuses RSET",
                                () -> PeerScript.offering()
                                        .at(Stage.RCPT, Act.reply("550 5.1.1 no"))
                                        .at(Stage.RSET, Act.reply("500 5.5.1 what")))
                        .after(1)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(FRESH)
                        .traced(": once more, on a new connection"),
                at(
                                "next mail",
                                "answers RSET with 421",
                                () -> PeerScript.offering()
                                        .at(Stage.RCPT, Act.reply("550 5.1.1 no"))
                                        .at(
                                                Stage.RSET,
                                                Act.reply("421 4.3.2 shutting down")
                                                        .then(Act.cut())))
                        .after(1)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .retriedAtOnce(FRESH)
                        .traced(": once more, on a new connection"),
                at(
                                "next mail",
                                "closes behind its dot",
                                () -> PeerScript.offering().at(Stage.DOT, Act.reply("250 2.0.0 taken"), Act.cut()))
                        .after(1)
                        .gives(LATER_SAME_WAY_ONLY)
                        .traced("the outcome is unknown"));
    }

    private static List<PeerBehaviour> inWhatTheyOffer() {
        return List.of(
                at("offer", "PIPELINING, but forgets what follows at once", PeerBehaviours::thatChokes)
                        .withShortTimeouts()
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("no reply to RCPT TO:<alice@example.net> within 250 ms"),
                at("offer", "PIPELINING, and forgot what followed a moment ago", PeerBehaviours::thatChokes)
                        .withShortTimeouts()
                        .after(1)
                        .onConnections(2)
                        .gives(DELIVERED)
                        .traced("250 2.0.0 taken"),
                at("offer", "a SIZE that is too small for the message", () -> PeerScript.offering("SIZE 20"))
                        .gives(BOUNCED)
                        .traced("not sent: the message has 26 bytes")
                        .notHearing("MAIL"),
                at(
                                "offer",
                                "SIZE, but refuses a smaller message (552)",
                                () -> PeerScript.offering("SIZE 1000")
                                        .always(Stage.MAIL, Act.reply("552 5.3.4 too big")))
                        .gives(BOUNCED)
                        .traced("552 5.3.4 too big"),
                at("offer", "SIZE 0, which means no limit", () -> PeerScript.offering("SIZE 0"))
                        .gives(DELIVERED)
                        .traced("> MAIL FROM:<sender@example.com> SIZE=26"),
                at("offer", "SIZE with nonsense behind it", () -> PeerScript.offering("SIZE lots"))
                        .gives(DELIVERED)
                        .traced("> MAIL FROM:<sender@example.com> SIZE=26"),
                at(
                                "offer",
                                "SIZE, but knows no parameters (555)",
                                () -> PeerScript.offering("SIZE 1000", "PIPELINING")
                                        .at(Stage.MAIL, Act.reply("555 5.5.4 unsupported option: SIZE"))
                                        .at(Stage.RCPT, Act.reply("503 5.5.1 MAIL first"))
                                        .at(Stage.DATA, Act.reply("503 5.5.1 MAIL first")))
                        .gives(DELIVERED)
                        .retriedAtOnce("at once, without parameters")
                        .traced("* once more, without parameters")
                        .hearing("MAIL FROM:<sender@example.com> SIZE=26", "MAIL FROM:<sender@example.com>")
                        .receiving(1),
                at(
                                "offer",
                                "8BITMIME, but refuses 8-bit content (554)",
                                () -> PeerScript.offering("8BITMIME").always(Stage.DOT, Act.reply("554 5.6.1 8 bits")))
                        .sending("Subject: x\r\n\r\n\u00fc\r\n")
                        .gives(BOUNCED)
                        .traced("> MAIL FROM:<sender@example.com> BODY=8BITMIME"));
    }

    private static List<PeerBehaviour> inTheShapeOfReplies() {
        return List.of(
                at(
                                "reply",
                                "a bare `250`",
                                () -> PeerScript.offering("PIPELINING")
                                        .always(Stage.MAIL, Act.reply("250"))
                                        .always(Stage.RCPT, Act.reply("250"))
                                        .always(Stage.DOT, Act.reply("250")))
                        .gives(DELIVERED)
                        .traced("< 250"),
                at(
                                "reply",
                                "no enhanced code",
                                () -> PeerScript.offering().always(Stage.RCPT, Act.reply("550 unknown user")))
                        .gives(BOUNCED)
                        .traced("550 unknown user"),
                at(
                                "reply",
                                "a line of 512 bytes",
                                () -> PeerScript.offering().always(Stage.DOT, Act.reply("250 " + "x".repeat(506))))
                        .gives(DELIVERED)
                        .traced("250 xxxxxxxx"),
                at(
                                "reply",
                                "a line of 10 kB",
                                () -> PeerScript.offering().always(Stage.DOT, Act.reply("550 " + "x".repeat(10_000))))
                        .gives(BOUNCED)
                        .traced("550 " + "x".repeat(8)),
                at(
                                "reply",
                                "50 lines",
                                () -> PeerScript.offering()
                                        .always(Stage.DOT, Act.raw("550-line\r\n".repeat(49) + "550 the last one\r\n")))
                        .gives(BOUNCED)
                        .traced("< 550 the last one"),
                at(
                                "reply",
                                "no end, to the final dot",
                                () -> PeerScript.offering().always(Stage.DOT, Act.endless("250-on and on\r\n")))
                        .gives(LATER_SAME_WAY_ONLY)
                        .traced("a reply of more than 1000 lines"),
                at(
                                "reply",
                                "no line end, to RCPT",
                                () -> PeerScript.offering().always(Stage.RCPT, Act.endless("x".repeat(1000))))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("a reply of more than 65536 bytes"),
                at(
                                "reply",
                                "lines of two codes with one meaning",
                                () -> PeerScript.offering()
                                        .always(Stage.RCPT, Act.reply("550-5.1.1 no", "554 5.1.1 such user")))
                        .gives(BOUNCED)
                        .traced("554 5.1.1 no 5.1.1 such user"),
                at(
                                "reply",
                                "lines of two meanings",
                                () -> PeerScript.offering().always(Stage.RCPT, Act.reply("250-yes", "550 no")))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("a reply of two meanings: '250-yes', '550 no'"),
                at(
                                "reply",
                                "bare LF as line end",
                                () -> PeerScript.offering()
                                        .always(Stage.RCPT, Act.raw("250-one\n250 two\n"))
                                        .always(Stage.DOT, Act.raw("250 taken\n")))
                        .gives(DELIVERED)
                        .traced("< 250-one"),
                at(
                                "reply",
                                "text in UTF-8",
                                () -> PeerScript.offering()
                                        .always(Stage.RCPT, Act.reply("550 Postfach unbekannt: M\u00c3\u00bcller")))
                        .gives(BOUNCED)
                        .traced("550 Postfach unbekannt: M\u00fcller"),
                at(
                                "reply",
                                "text in ISO-8859-1",
                                () -> PeerScript.offering()
                                        .always(Stage.RCPT, Act.reply("550 Postfach unbekannt: M\u00fcller")))
                        .gives(BOUNCED)
                        .traced("550 Postfach unbekannt: M\u00fcller"),
                at(
                                "reply",
                                "control characters and a terminal escape",
                                () -> PeerScript.offering()
                                        .always(Stage.RCPT, Act.reply("550 no\u0007 \u001b[31mred\u009b0m \0end")))
                        .gives(BOUNCED)
                        .traced("550 no? ?[31mred?0m ?end"),
                at(
                                "reply",
                                "text that turns the writing direction",
                                () -> PeerScript.offering()
                                        .always(Stage.RCPT, Act.reply("550 a\u00e2\u0080\u00aeb\u00e2\u0080\u00a8c")))
                        .gives(BOUNCED)
                        .traced("550 a?b?c"),
                at(
                                "reply",
                                "a code that does not exist (600)",
                                () -> PeerScript.offering().always(Stage.RCPT, Act.reply("600 beyond")))
                        .gives(LATER_OR_ELSEWHERE)
                        .traced("no SMTP reply: '600 beyond'"));
    }

    private static PeerScript auth(String reply) {
        return PeerScript.offering("AUTH PLAIN").always(Stage.AUTH, Act.reply(reply));
    }

    private static PeerScript thatChokes() {
        return PeerScript.offering("PIPELINING").always(Stage.MAIL, Act.replyAndForgetTheRest("250 2.1.0 ok"));
    }

    private static PeerScript inPlaceOfTheHandshake(String bytes) {
        return PeerScript.offering()
                .withTls(SERVER)
                .always(
                        Stage.STARTTLS,
                        Act.reply("220 go")
                                .then(Act.skipBytes(10))
                                .then(Act.raw(bytes))
                                .then(Act.stall()));
    }
}
