package io.postrider.delivery.smtp;

import static io.postrider.delivery.smtp.EngineRig.ALICE;
import static io.postrider.delivery.smtp.EngineRig.BOB;
import static io.postrider.delivery.smtp.EngineRig.CAROL;
import static io.postrider.delivery.smtp.EngineRig.HOP;
import static io.postrider.delivery.smtp.EngineRig.MESSAGE;
import static io.postrider.delivery.smtp.EngineRig.NO_TLS;
import static io.postrider.delivery.smtp.EngineRig.SENDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.DeliveryEngine.Listener;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.dsn.Notify;
import io.postrider.dsn.RecipientRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.route.Hop;
import io.postrider.shaping.ShapingRules;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.Stage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class SmtpDeliveryEngineTest {
    private static final Duration SHORT = Duration.ofMillis(300);

    private EngineRig rig = new EngineRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private void useShortTimeouts() {
        rig.close();
        rig = new EngineRig(EngineRig.settings(SHORT, Duration.ofSeconds(5)));
    }

    @Test
    void deliverShouldSendTheMessageAndReportTheReply() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering());

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.delivered(ALICE).reply().toString()).isEqualTo("250 2.0.0 taken");
        assertThat(peer.commands())
                .containsExactly(
                        "EHLO client.test", "MAIL FROM:<sender@example.com>", "RCPT TO:<alice@example.net>", "DATA");
        assertThat(peer.messages()).singleElement().isEqualTo(MESSAGE.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void deliverShouldPipelineTheEnvelopeWhenThatIsOffered() {
        CountDownLatch dataSeen = new CountDownLatch(1);
        ScriptedSmtpPeer peer =
                rig.peer(PeerScript.offering("PIPELINING").at(Stage.MAIL, Act.after(dataSeen, Act.reply("250 ok"))));

        Recorder heard = rig.deliver(ALICE, BOB);
        await().until(() -> peer.commands().contains("MAIL FROM:<sender@example.com>"));
        dataSeen.countDown();

        heard.awaits(2);
        heard.delivered(ALICE);
        heard.delivered(BOB);
        assertThat(heard.attempt(BOB).talk())
                .containsSubsequence("> MAIL FROM:<sender@example.com>", "> RCPT TO:<bob@example.net>", "> DATA");
    }

    @Test
    void deliverShouldWaitForEachReplyWhenPipeliningIsNotOffered() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering().always(Stage.MAIL, Act.reply("550 5.7.1 no")));

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.bounced(ALICE).reply().code()).isEqualTo(550);
        assertThat(peer.commands()).noneMatch(command -> command.startsWith("RCPT"));
    }

    @Test
    void deliverShouldTellTheRecipientsOfATransactionApart() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("PIPELINING")
                .when("RCPT TO:<bob@", Act.reply("450 4.2.1 later"))
                .when("RCPT TO:<carol@", Act.reply("550-5.1.1 no", "550 5.1.1 such user")));

        Recorder heard = rig.deliver(ALICE, BOB, CAROL).awaits(3);

        heard.delivered(ALICE);
        assertThat(heard.deferred(BOB).fault()).isEqualTo(Fault.REPLY);
        assertThat(heard.bounced(CAROL).reply().toString()).isEqualTo("550 5.1.1 no 5.1.1 such user");
        assertThat(peer.messages()).hasSize(1);
        assertThat(heard.attempt(CAROL).talk())
                .contains("> RCPT TO:<carol@example.net>", "< 550-5.1.1 no", "< 550 5.1.1 such user")
                .noneMatch(line -> line.contains("bob@") || line.contains("alice@"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PIPELINING", "8BITMIME"})
    void deliverShouldSendNoDataWhenNoRecipientWasTaken(String capability) {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering(capability)
                .at(Stage.RCPT, Act.reply("550 5.1.1 no"), Act.reply("450 4.2.1 later"))
                .at(Stage.DATA, Act.reply("554 5.5.1 no valid recipients")));

        Recorder heard = rig.deliver(ALICE, BOB).awaits(2);
        Recorder next = rig.deliver(CAROL).awaits(1);

        heard.bounced(ALICE);
        heard.deferred(BOB);
        assertThat(peer.sessions()).as("the connection is used again").hasSize(1);
        if (capability.equals("PIPELINING")) {
            next.delivered(CAROL);
            assertThat(peer.commands()).containsSubsequence("DATA", "RSET", "MAIL FROM:<sender@example.com>");
        } else {
            assertThat(peer.commands()).containsSubsequence("RCPT TO:<bob@example.net>", "RSET");
        }
    }

    @Test
    void deliverShouldSendALoneDotWhenThePeerWantsDataForNobody() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("PIPELINING").at(Stage.RCPT, Act.reply("550 5.1.1 no")));

        Recorder heard = rig.deliver(ALICE).awaits(1);
        Recorder next = rig.deliver(BOB).awaits(1);

        heard.bounced(ALICE);
        next.delivered(BOB);
        assertThat(peer.sessions()).hasSize(1);
        assertThat(peer.messages()).extracting(message -> message.length).containsExactly(0, MESSAGE.length());
    }

    @Test
    void deliverShouldMakeATransactionForEachReturnPath() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("PIPELINING"));
        Optional<EmailAddress> verp = Optional.of(EmailAddress.parse("b+1@example.com"));

        rig.deliver(
                        List.of(ByteBuffer.wrap(MESSAGE.getBytes(StandardCharsets.US_ASCII))),
                        List.of(
                                new Addressee(ALICE, Optional.of(SENDER)),
                                new Addressee(BOB, verp),
                                new Addressee(CAROL, Optional.of(SENDER)),
                                new Addressee(BOB, Optional.empty())))
                .awaits(4);

        assertThat(peer.commands().stream().filter(command -> command.startsWith("MAIL")))
                .containsExactly("MAIL FROM:<sender@example.com>", "MAIL FROM:<b+1@example.com>", "MAIL FROM:<>");
        assertThat(peer.messages()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"452 4.5.3 too many recipients", "552 too many recipients", "452 enough"})
    void deliverShouldSendTheRestAtOnceWhenThePeerHasEnoughRecipients(String reply) {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatTakesOneRecipientThenSays(reply));

        Recorder heard = rig.deliver(ALICE, BOB).awaits(2);

        heard.delivered(ALICE);
        heard.delivered(BOB);
        assertThat(peer.messages()).hasSize(2);
    }

    @Test
    void theRestShouldGoBeforeWhatWaits() {
        CountDownLatch open = new CountDownLatch(1);
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatTakesOneRecipientThenSays("452 4.5.3 too many")
                .at(Stage.DOT, Act.after(open, Act.reply("250 taken"))));

        Recorder first = rig.deliver(ALICE, BOB);
        Recorder second = rig.deliver(CAROL);
        open.countDown();
        first.awaits(2);
        second.awaits(1);

        assertThat(peer.commands().stream().filter(command -> command.startsWith("RCPT")))
                .containsExactly(
                        "RCPT TO:<alice@example.net>",
                        "RCPT TO:<bob@example.net>",
                        "RCPT TO:<bob@example.net>",
                        "RCPT TO:<carol@example.net>");
    }

    @Test
    void deliverShouldBounceAFullMailboxEvenBehindOneThatTookTheMail() {
        rig.peer(PeerScript.thatTakesOneRecipientThenSays("552 5.2.2 mailbox full"));

        Recorder heard = rig.deliver(ALICE, BOB).awaits(2);

        heard.delivered(ALICE);
        assertThat(heard.bounced(BOB).reply().code()).isEqualTo(552);
    }

    @Test
    void deliverShouldBounceWhenTheFirstRecipientIsAnsweredWith552() {
        rig.peer(PeerScript.offering().always(Stage.RCPT, Act.reply("552 no")));

        assertThat(rig.deliver(ALICE).awaits(1).bounced(ALICE).reply().code()).isEqualTo(552);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "250",
                "250 ",
                "251 user not local; will forward",
                "252 cannot verify",
                "299 odd",
                "250-one\r\n250-two\r\n250 three",
                "250 Gr\u00fc\u00dfe"
            })
    void deliverShouldTakeAny2yzForSuccess(String reply) {
        rig.peer(PeerScript.offering("PIPELINING")
                .always(Stage.RCPT, Act.reply(reply))
                .always(Stage.DOT, Act.reply(reply)));

        rig.deliver(ALICE).awaits(1).delivered(ALICE);
    }

    @Test
    void deliverShouldReadBareLineFeedsAndLongReplies() {
        String line = "250-" + "x".repeat(800) + "\n";
        rig.peer(PeerScript.offering().always(Stage.DOT, Act.raw(line.repeat(50) + "250 done\n")));

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.delivered(ALICE).reply().text()).endsWith("x done").hasSizeGreaterThan(40_000);
        assertThat(heard.attempt(ALICE).talk()).hasSizeLessThanOrEqualTo(100).contains("< 250 done");
    }

    @Test
    void deliverShouldReadRepliesInUtf8AndElseInLatin1() {
        rig.peer(PeerScript.offering()
                .at(Stage.DOT, Act.reply("550 Gr\u00c3\u00bc\u00c3\u009fe"), Act.reply("550 Gr\u00fc\u00dfe")));

        assertThat(rig.deliver(ALICE).awaits(1).bounced(ALICE).reply().text()).isEqualTo("Gr\u00fc\u00dfe");
        assertThat(rig.deliver(ALICE).awaits(1).bounced(ALICE).reply().text()).isEqualTo("Gr\u00fc\u00dfe");
    }

    @Test
    void deliverShouldNotFollowAReplyWithoutEnd() {
        rig.peer(PeerScript.offering().always(Stage.DOT, Act.raw("250-for ever and ever\r\n".repeat(5000))));

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.UNKNOWN_OUTCOME);
    }

    @Test
    void deliverShouldFallBackToHelo() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatKnowsOnlyHelo());

        rig.deliver(ALICE).awaits(1).delivered(ALICE);

        assertThat(peer.commands()).startsWith("EHLO client.test", "HELO client.test");
    }

    @Test
    void deliverShouldDeclareTheSizeAndEightBitContent() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("SIZE 1000", "8BITMIME"));

        rig.deliverText("Subject: x\r\n\r\n\u00fc\r\n", ALICE).awaits(1).delivered(ALICE);
        rig.deliverText("Subject: x\r\n\r\nu\r\n", ALICE).awaits(1).delivered(ALICE);

        assertThat(peer.commands())
                .contains(
                        "MAIL FROM:<sender@example.com> SIZE=17 BODY=8BITMIME",
                        "MAIL FROM:<sender@example.com> SIZE=17");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void deliverShouldPassOnWhatIsWantedOfReportsWhereDsnIsOffered(boolean offered) {
        ScriptedSmtpPeer peer = rig.peer(offered ? PeerScript.offering("DSN") : PeerScript.offering());

        rig.deliver(wantingReports()).awaits(2).delivered(ALICE);

        assertThat(peer.commands())
                .containsSubsequence(
                        offered
                                ? List.of(
                                        "MAIL FROM:<sender@example.com> RET=HDRS ENVID=order+2B1+3D",
                                        "RCPT TO:<alice@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2Bb@example.org",
                                        "RCPT TO:<bob@example.net> NOTIFY=NEVER")
                                : List.of(
                                        "MAIL FROM:<sender@example.com>",
                                        "RCPT TO:<alice@example.net>",
                                        "RCPT TO:<bob@example.net>"));
    }

    @Test
    void deliverShouldLeaveOutWhatIsWantedOfReportsWhenThePeerDoesNotKnowItsOwnDsn() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("DSN")
                .when("RCPT TO:<alice@example.net> ", Act.reply("555 5.5.4 NOTIFY not known"))
                .when("RCPT TO:<bob@example.net> ", Act.reply("555 5.5.4 NOTIFY not known")));

        Recorder heard = rig.deliver(wantingReports()).awaits(2);

        heard.delivered(ALICE);
        heard.delivered(BOB);
        assertThat(heard.attempt(ALICE).talk()).contains("* once more, without parameters");
        assertThat(peer.messages()).hasSize(1);
    }

    private static Consignment wantingReports() {
        return new Consignment(
                "test",
                HOP,
                List.of(
                        new Addressee(
                                ALICE,
                                Optional.of(SENDER),
                                new RecipientRequest(
                                        Set.of(Notify.FAILURE, Notify.SUCCESS), Optional.of("rfc822;a+b@example.org"))),
                        new Addressee(
                                BOB,
                                Optional.of(SENDER),
                                new RecipientRequest(Set.of(Notify.NEVER), Optional.empty()))),
                List.of(ByteBuffer.wrap(MESSAGE.getBytes(StandardCharsets.US_ASCII))),
                new EnvelopeRequest(Optional.of(EnvelopeRequest.Returned.HDRS), Optional.of("order+1=")));
    }

    @Test
    void deliverShouldPostponeEightBitContentOnceAPeerIsSeenToTakeNone() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering());
        String eightBit = "Subject: x\r\n\r\n\u00fc\r\n";

        Recorder first = rig.deliverText(eightBit, ALICE).awaits(1);

        assertThat(first.of(ALICE).postponed()).endsWith("does not offer 8BITMIME: the message is encoded first");
        assertThat(peer.commands()).noneMatch(command -> command.startsWith("MAIL"));
        assertThat(rig.sevenBit().knownSince(HOP, ALICE)).isPresent();
        rig.deliver(BOB).awaits(1).delivered(BOB);

        Recorder again = rig.deliverText(eightBit, ALICE).awaits(1);

        again.delivered(ALICE);
        assertThat(again.attempt(ALICE).talk())
                .contains("* 8BITMIME is not offered, but what has 8 bits there must not be encoded");
    }

    @Test
    void deliverShouldForgetThatAPeerTakesNoEightBitContentWhenItOffersTo() {
        rig.sevenBit().found(HOP, ALICE);
        rig.peer(PeerScript.offering("8BITMIME"));

        rig.deliverText("Subject: x\r\n\r\n\u00fc\r\n", ALICE).awaits(1).delivered(ALICE);

        assertThat(rig.sevenBit().knownSince(HOP, ALICE)).isEmpty();
    }

    @Test
    void deliverShouldNotOfferAMessageThatIsLargerThanThePeerTakes() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("SIZE 20"));

        Recorder heard = rig.deliver(ALICE).awaits(1);
        rig.deliverText("a: b\r\n\r\nx\r\n", BOB).awaits(1).delivered(BOB);

        assertThat(heard.outcome(ALICE))
                .isEqualTo(new DeliveryOutcome.Undeliverable(
                        new EnhancedStatusCode(5, 3, 4),
                        "not sent: the message has 26 bytes, 127.0.0.1:" + peer.port()
                                + " says that it takes at most 20"));
        assertThat(peer.sessions()).hasSize(1);
        assertThat(peer.messages()).hasSize(1);
    }

    @Test
    void deliverShouldTakeSizeZeroForNoLimit() {
        rig.peer(PeerScript.offering("SIZE 0"));

        rig.deliver(ALICE).awaits(1).delivered(ALICE);
    }

    @Test
    void deliverShouldCallItARouteFaultWhenNobodyListens() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        rig.deliverTo(new Endpoint("127.0.0.1", port, NO_TLS, Optional.empty(), 1, 1));

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(heard.deferred(ALICE).reason()).startsWith("no connection to 127.0.0.1:" + port);
        assertThat(heard.attempt(ALICE).source()).isEmpty();
    }

    @Test
    void deliverShouldCallItARouteFaultWhenTheHostHasNoAddress() {
        rig.deliverTo(new Endpoint("nowhere.invalid", 25, NO_TLS, Optional.empty(), 1, 1));

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(heard.deferred(ALICE).reason()).contains("no address found for host 'nowhere.invalid'");
    }

    @Test
    void deliverShouldCallItARouteFaultWhenTheRelayDoesNotExist() {
        Recorder heard = new Recorder();

        rig.engine()
                .deliver(
                        new Consignment(
                                "test",
                                new Hop.ViaRelay("gone"),
                                List.of(new Addressee(ALICE, Optional.empty())),
                                List.of()),
                        heard);

        assertThat(heard.deferred(ALICE).reason()).isEqualTo("relay 'gone' does not exist");
        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"554 go away", "421 4.3.2 busy", "450 not now", "250 odd greeting", "nonsense"})
    void deliverShouldCallItARouteFaultWhenTheGreetingIsNo220(String banner) {
        rig.peer(PeerScript.thatGreetsWith(banner));

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(heard.deferred(ALICE).reason()).contains(banner);
    }

    @Test
    void deliverShouldCallItARouteFaultWhenThePeerCutsBeforeTheBanner() {
        rig.peer(PeerScript.thatCutsBeforeTheBanner());

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
    }

    @Test
    void deliverShouldCallItARouteFaultWhenEhloAndHeloAreRefused() {
        rig.peer(PeerScript.thatKnowsOnlyHelo().always(Stage.HELO, Act.reply("550 5.7.1 not you")));

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(heard.deferred(ALICE).reply().orElseThrow().code()).isEqualTo(550);
    }

    @ParameterizedTest
    @ValueSource(strings = {"530 5.7.0 authenticate first", "535 5.7.8 no", "538 encryption required"})
    void deliverShouldCallItARouteFaultWhenOurLoginIsAtFault(String reply) {
        rig.peer(PeerScript.offering("PIPELINING")
                .at(Stage.MAIL, Act.reply(reply), Act.reply("250 ok"), Act.reply("250 ok"))
                .at(Stage.RCPT, Act.reply("503 no"), Act.reply(reply), Act.reply("250 ok"))
                .at(Stage.DATA, Act.reply("503 no"), Act.reply("503 no"), Act.reply("354 go"))
                .at(Stage.DOT, Act.reply(reply)));

        for (int stage = 0; stage < 3; stage++) {
            assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        }
    }

    @Test
    void deliverShouldDeferWhenTheReplyIs4yz() {
        rig.peer(PeerScript.offering("PIPELINING")
                .at(Stage.MAIL, Act.reply("451 4.3.0 later"))
                .at(Stage.RCPT, Act.reply("503 no"), Act.reply("451 4.3.0 later"))
                .at(Stage.DATA, Act.reply("503 no"), Act.reply("503 no"), Act.reply("451 4.3.0 later"))
                .at(Stage.DOT, Act.reply("451 4.3.0 later")));

        for (int stage = 0; stage < 4; stage++) {
            Recorder heard = rig.deliver(ALICE).awaits(1);
            assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.REPLY);
            assertThat(heard.deferred(ALICE).reply().orElseThrow().toString()).isEqualTo("451 4.3.0 later");
        }
    }

    @Test
    void deliverShouldBounceWhenTheReplyIs5yz() {
        rig.peer(PeerScript.offering("PIPELINING")
                .at(Stage.MAIL, Act.reply("550 5.1.8 no"))
                .at(Stage.RCPT, Act.reply("503 no"), Act.reply("550 5.1.8 no"))
                .at(Stage.DATA, Act.reply("503 no"), Act.reply("503 no"), Act.reply("550 5.1.8 no"))
                .at(Stage.DOT, Act.reply("550 5.1.8 no")));

        for (int stage = 0; stage < 4; stage++) {
            assertThat(rig.deliver(ALICE).awaits(1).bounced(ALICE).reply().toString())
                    .isEqualTo("550 5.1.8 no");
        }
    }

    @Test
    void deliverShouldDeferAllThatAreUndecidedWhenThePeerSays421() {
        rig.peer(PeerScript.offering("PIPELINING")
                .at(
                        Stage.RCPT,
                        Act.reply("250 ok"),
                        Act.reply("550 5.1.1 no"),
                        Act.reply("421 4.3.2 shutting down").then(Act.cut())));

        Recorder heard = rig.deliver(ALICE, BOB, CAROL).awaits(3);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.REPLY);
        assertThat(heard.deferred(ALICE).reply().orElseThrow().code()).isEqualTo(421);
        heard.bounced(BOB);
        assertThat(heard.deferred(CAROL).reply().orElseThrow().code()).isEqualTo(421);
    }

    @Test
    void deliverShouldDeferWhenTheDotIsAnsweredWith421() {
        rig.peer(PeerScript.thatAnswersTheDotWith("421 4.3.2 shutting down"));

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).fault()).isEqualTo(Fault.REPLY);
    }

    @Test
    void deliverShouldNotTakeA221ForSuccess() {
        rig.peer(PeerScript.offering().always(Stage.RCPT, Act.reply("221 bye").then(Act.cut())));

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(heard.deferred(ALICE).reply()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"221 bye", "nonsense", "354 more", "120 what", "250-never ends"})
    void deliverShouldCallTheOutcomeUnknownWhenTheDotGetsNoAnswerToIt(String reply) {
        useShortTimeouts();
        rig.peer(PeerScript.thatAnswersTheDotWith(reply));

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.UNKNOWN_OUTCOME);
        assertThat(heard.deferred(ALICE).reason()).contains("the outcome is unknown");
    }

    @Test
    void deliverShouldCallTheOutcomeUnknownWhenThePeerCutsAfterTheDot() {
        rig.peer(PeerScript.thatCutsAfterTheDot());

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.UNKNOWN_OUTCOME);
        assertThat(heard.deferred(ALICE).reason()).contains("the outcome is unknown");
    }

    @Test
    void deliverShouldCallTheOutcomeUnknownWhenThePeerStallsAfterTheDot() {
        useShortTimeouts();
        rig.peer(PeerScript.thatStallsAfterTheDot());

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.UNKNOWN_OUTCOME);
        assertThat(heard.deferred(ALICE).reason()).contains("within 300 ms");
    }

    @Test
    void deliverShouldKnowTheOutcomeWhenThePeerCutsInTheMessage() {
        rig.peer(PeerScript.thatCutsInTheMessageAfter(1000));

        Recorder heard = rig.deliverText("x: y\r\n\r\n" + "0123456789\r\n".repeat(2_000_000), ALICE)
                .awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
    }

    @Test
    void deliverShouldGiveUpOnAPeerThatDoesNotTakeTheMessage() {
        useShortTimeouts();
        CountDownLatch never = new CountDownLatch(1);
        rig.peer(PeerScript.offering("PIPELINING").always(Stage.IN_DATA, Act.after(never, Act.cut())));

        Recorder heard = rig.deliverText("x: y\r\n\r\n" + "0123456789\r\n".repeat(2_000_000), ALICE)
                .awaits(1);

        assertThat(heard.deferred(ALICE).reason()).contains("did not take a block of message data");
        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
    }

    @Test
    void deliverShouldDropTheConnectionWhenA250FollowsThe354() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatSendsA250BehindThe354());

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(peer.messages()).isEmpty();
    }

    @Test
    void deliverShouldDropTheConnectionWhenASessionFollowsTheBanner() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatSendsAWholeSessionBehindTheBanner());

        Recorder heard = rig.deliver(ALICE).awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(peer.commands()).isEmpty();
    }

    @Test
    void deliverShouldDropTheConnectionWhenHalfAReplyLiesUnread() {
        rig.peer(PeerScript.offering().always(Stage.MAIL, Act.raw("250 ok\r\n25")));

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
    }

    @Test
    void deliverShouldDeferWhenDataIsAnsweredWith250() {
        rig.peer(PeerScript.offering().always(Stage.DATA, Act.reply("250 fine")));

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).reason()).contains("out of turn");
    }

    @Test
    void deliverShouldDeferWhenThePeerRefusesInTheMidstOfTheMessage() {
        rig.peer(PeerScript.offering("PIPELINING")
                .always(Stage.IN_DATA, Act.reply("552 5.3.4 too big").then(Act.stall())));

        Recorder heard = rig.deliverText("x: y\r\n\r\n" + "0123456789\r\n".repeat(2_000_000), ALICE)
                .awaits(1);

        assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.REPLY);
    }

    @Test
    void deliverShouldUseTheConnectionAgainAndSaySo() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("PIPELINING"));

        Recorder first = rig.deliver(ALICE).awaits(1);
        Recorder second = rig.deliver(BOB).awaits(1);

        assertThat(peer.sessions()).hasSize(1);
        assertThat(peer.commands()).doesNotContain("RSET");
        assertThat(first.attempt(ALICE).talk())
                .containsExactly(
                        "* connected to 127.0.0.1:" + peer.port(),
                        "< 220 peer.test ESMTP",
                        "> EHLO client.test",
                        "< 250-peer.test",
                        "< 250 PIPELINING",
                        "> MAIL FROM:<sender@example.com>",
                        "< 250 2.1.0 ok",
                        "> RCPT TO:<alice@example.net>",
                        "< 250 2.1.5 ok",
                        "> DATA",
                        "< 354 go ahead",
                        "> [26 bytes of message data]",
                        "< 250 2.0.0 taken");
        assertThat(second.attempt(BOB).talk())
                .startsWith("* connection kept, transaction 2 on it", "> MAIL FROM:<sender@example.com>");
    }

    @Test
    void deliverShouldFillInTheAttempt() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering());

        Attempt attempt = rig.deliver(ALICE).awaits(1).attempt(ALICE);

        assertThat(attempt.route()).isEqualTo("relay:test");
        assertThat(attempt.source()).isEqualTo("127.0.0.1");
        assertThat(attempt.mx()).isEqualTo("127.0.0.1:" + peer.port());
        assertThat(attempt.tls()).isEmpty();
        assertThat(attempt.duration()).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void deliverShouldOpenANewConnectionAfterSoManyMessages() {
        ScriptedSmtpPeer peer =
                rig.peer(PeerScript.offering("PIPELINING"), "127.0.0.1", NO_TLS, Optional.empty(), 1, 2);

        for (int i = 0; i < 5; i++) {
            rig.deliver(ALICE).awaits(1).delivered(ALICE);
        }

        assertThat(peer.sessions()).hasSize(3);
        assertThat(peer.sessions().get(0).commands()).endsWith("QUIT");
        assertThat(peer.messages()).hasSize(5);
    }

    @Test
    void deliverShouldKeepToTheLimitOfConnections() {
        CountDownLatch open = new CountDownLatch(1);
        ScriptedSmtpPeer peer =
                rig.peer(PeerScript.thatTakesTheMessageOnlyAfter(open), "127.0.0.1", NO_TLS, Optional.empty(), 3, 100);

        List<Recorder> heard =
                IntStream.range(0, 20).mapToObj(i -> rig.deliver(ALICE)).toList();
        await().until(() -> peer.commands().stream().filter("DATA"::equals).count() == 3);
        open.countDown();

        heard.forEach(recorder -> recorder.awaits(1).delivered(ALICE));
        assertThat(peer.sessions()).hasSize(3);
    }

    @Test
    void deliverShouldServeInTheOrderOfArrival() {
        CountDownLatch open = new CountDownLatch(1);
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatTakesTheMessageOnlyAfter(open));
        List<Recorder> heard = new ArrayList<>();

        for (int i = 0; i < 10; i++) {
            heard.add(rig.deliver(EmailAddress.parse("r" + i + "@example.net")));
        }
        open.countDown();

        heard.forEach(recorder -> recorder.awaits(1));
        assertThat(peer.commands().stream().filter(command -> command.startsWith("RCPT")))
                .containsExactlyElementsOf(IntStream.range(0, 10)
                        .mapToObj(i -> "RCPT TO:<r" + i + "@example.net>")
                        .toList());
    }

    @Test
    void deliverShouldPostponeWhatWaitedTooLong() {
        rig.close();
        rig = new EngineRig(EngineRig.settings(Duration.ofSeconds(5), SHORT));
        CountDownLatch open = new CountDownLatch(1);
        rig.peer(PeerScript.thatTakesTheMessageOnlyAfter(open));

        Recorder first = rig.deliver(ALICE);
        Recorder second = rig.deliver(BOB).awaits(1);
        open.countDown();

        assertThat(second.of(BOB).postponed())
                .isEqualTo("no connection to relay:test was free within 300 ms (limit: 1 connections)");
        first.awaits(1).delivered(ALICE);
    }

    @Test
    void deliverShouldPostponeWhatIsTooMuchToWait() {
        rig.close();
        SmtpClientSettings defaults = SmtpClientSettings.withDefaults("client.test");
        rig = new EngineRig(new SmtpClientSettings(
                "client.test",
                defaults.timeouts(),
                defaults.idleTimeout(),
                defaults.maxWait(),
                2,
                defaults.faultMemory(),
                defaults.attemptDelay(),
                defaults.pauses(),
                Duration.ofMillis(200)));
        CountDownLatch open = new CountDownLatch(1);
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatTakesTheMessageOnlyAfter(open));

        Recorder first = rig.deliver(ALICE);
        await().until(() -> peer.commands().contains("DATA"));
        Recorder second = rig.deliver(ALICE);
        Recorder third = rig.deliver(ALICE);
        Recorder fourth = rig.deliver(ALICE).awaits(1);
        open.countDown();

        assertThat(fourth.of(ALICE).postponed()).contains("2 transactions waiting (limit: 2)");
        List.of(first, second, third).forEach(recorder -> recorder.awaits(1).delivered(ALICE));
    }

    @Test
    void deliverShouldTryAgainAtOnceWhenAKeptConnectionIsDead() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("PIPELINING")
                .at(
                        Stage.MAIL,
                        Act.reply("250 ok"),
                        Act.cut(),
                        Act.reply("250 ok"),
                        Act.reply("421 4.4.2 idle for too long").then(Act.cut())));

        for (int i = 0; i < 3; i++) {
            rig.deliver(ALICE).awaits(1).delivered(ALICE);
        }

        assertThat(peer.sessions()).hasSize(3);
        assertThat(peer.messages()).hasSize(3);
    }

    @Test
    void deliverShouldNotTryAgainWhenAllIsDecidedBeforeAKeptConnectionDies() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("PIPELINING")
                .at(Stage.MAIL, Act.reply("250 ok"), Act.reply("550 5.7.1 no").then(Act.cut())));

        rig.deliver(ALICE).awaits(1).delivered(ALICE);
        rig.deliver(BOB).awaits(1).bounced(BOB);
        rig.deliver(CAROL).awaits(1).delivered(CAROL);

        assertThat(peer.commands().stream().filter(command -> command.startsWith("MAIL")))
                .hasSize(3);
    }

    @Test
    void deliverShouldReportADeadConnectionThatWasFresh() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("PIPELINING").at(Stage.MAIL, Act.cut()));

        assertThat(rig.deliver(ALICE).awaits(1).deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
        assertThat(peer.sessions()).hasSize(1);
    }

    @Test
    void deliverShouldNotTryAgainAtOnceWhenAKeptConnectionDiesBehindTheDot() {
        ScriptedSmtpPeer peer =
                rig.peer(PeerScript.offering("PIPELINING").at(Stage.DOT, Act.reply("250 taken"), Act.cut()));

        rig.deliver(ALICE).awaits(1).delivered(ALICE);

        assertThat(rig.deliver(BOB).awaits(1).deferred(BOB).fault()).isEqualTo(Fault.UNKNOWN_OUTCOME);
        assertThat(peer.sessions()).hasSize(1);
    }

    @Test
    void deliverShouldNotUseAConnectionThatSpokeWhileIdle() {
        CountDownLatch quiet = new CountDownLatch(1);
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("PIPELINING")
                .at(
                        Stage.DOT,
                        Act.reply("250 taken")
                                .then(Act.after(
                                        quiet, Act.reply("421 4.4.2 idle").then(Act.cut())))));

        rig.deliver(ALICE).awaits(1).delivered(ALICE);
        quiet.countDown();
        await().until(() -> peer.sessions().get(0).isOver());

        rig.deliver(BOB).awaits(1).delivered(BOB);
        assertThat(peer.sessions()).hasSize(2);
    }

    @Test
    void deliverShouldUseNoOldConnectionWhenTheEndpointHasChanged() {
        ScriptedSmtpPeer before = rig.peer(PeerScript.offering());
        rig.deliver(ALICE).awaits(1).delivered(ALICE);
        ScriptedSmtpPeer after = rig.peer(PeerScript.offering());

        rig.deliver(BOB).awaits(1).delivered(BOB);

        assertThat(after.messages()).hasSize(1);
        await().until(() -> before.commands().contains("QUIT"));
    }

    @Test
    void deliverShouldNotWaitForOldConnectionsWhenTheEndpointHasChanged() {
        rig.peer(PeerScript.thatStallsAfterTheDot());
        Recorder stuck = rig.deliver(ALICE);
        rig.peer(PeerScript.offering());

        rig.deliver(BOB).awaits(1).delivered(BOB);

        assertThat(stuck.reports()).isEmpty();
    }

    @Test
    void idleConnectionsShouldBeEndedWithQuit() {
        rig.close();
        SmtpClientSettings base = EngineRig.settings(Duration.ofSeconds(5), Duration.ofSeconds(5));
        rig = new EngineRig(new SmtpClientSettings(
                "client.test",
                base.timeouts(),
                SHORT,
                base.maxWait(),
                10,
                base.faultMemory(),
                SHORT,
                base.pauses(),
                SHORT));
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering());

        rig.deliver(ALICE).awaits(1);

        await().until(() -> peer.commands().contains("QUIT"));
        await().until(() -> peer.sessions().get(0).isOver());
    }

    @Test
    void deliverShouldDeferWhenThePeerStalls() {
        useShortTimeouts();
        rig.peer(PeerScript.offering()
                .at(Stage.BANNER, Act.stall())
                .at(Stage.EHLO, Act.stall())
                .at(Stage.MAIL, Act.stall())
                .at(Stage.RCPT, Act.stall())
                .at(Stage.DATA, Act.stall()));

        for (String command : List.of("the connection", "EHLO", "MAIL", "RCPT", "DATA")) {
            Recorder heard = rig.deliver(ALICE).awaits(1);
            assertThat(heard.deferred(ALICE).fault()).isEqualTo(Fault.ROUTE);
            assertThat(heard.deferred(ALICE).reason()).contains("no reply to " + command, "within 300 ms");
        }
    }

    @Test
    void aListenerThatThrowsShouldNotBreakTheEngine() {
        rig.peer(PeerScript.offering());
        Listener throwing = new Listener() {
            @Override
            public void attempted(EmailAddress recipient, Attempt attempt) {
                throw new IllegalStateException("thrown by the test");
            }

            @Override
            public void postponed(EmailAddress recipient, String reason) {
                throw new IllegalStateException("thrown by the test");
            }
        };

        rig.engine()
                .deliver(
                        new Consignment("test", HOP, List.of(new Addressee(ALICE, Optional.empty())), List.of()),
                        throwing);

        rig.deliver(BOB).awaits(1).delivered(BOB);
    }

    @Test
    void closeShouldPostponeWhatHasNotBegunAndCallTheRestUnknown() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatStallsAfterTheDot());
        Recorder behindTheDot = rig.deliver(ALICE);
        await().until(() -> !peer.messages().isEmpty());
        Recorder waiting = rig.deliver(BOB);

        rig.engine().close();

        assertThat(behindTheDot.awaits(1).deferred(ALICE).fault()).isEqualTo(Fault.UNKNOWN_OUTCOME);
        assertThat(waiting.awaits(1).of(BOB).postponed()).isEqualTo("the service is stopping");
        assertThat(rig.deliver(CAROL).awaits(1).of(CAROL).postponed()).isEqualTo("the service is stopping");
    }

    @Test
    void closeShouldPostponeWhatHasBegunButNotBeenSentWhole() {
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering().always(Stage.RCPT, Act.stall()));
        Recorder heard = rig.deliver(ALICE);
        await().until(() -> peer.commands().stream().anyMatch(command -> command.startsWith("RCPT")));

        rig.engine().close();

        assertThat(heard.awaits(1).of(ALICE).postponed()).isEqualTo("the service is stopping");
    }

    @Test
    void closeShouldLetATransactionComeToItsEnd() {
        rig.close();
        SmtpClientSettings base = EngineRig.settings(Duration.ofSeconds(5), Duration.ofSeconds(5));
        rig = new EngineRig(new SmtpClientSettings(
                "client.test",
                base.timeouts(),
                base.idleTimeout(),
                base.maxWait(),
                10,
                base.faultMemory(),
                base.attemptDelay(),
                base.pauses(),
                Duration.ofSeconds(10)));
        CountDownLatch open = new CountDownLatch(1);
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatTakesTheMessageOnlyAfter(open));
        Recorder heard = rig.deliver(ALICE);
        Recorder waiting = rig.deliver(BOB);
        await().until(() -> !peer.messages().isEmpty() || peer.commands().contains("DATA"));

        Thread closing = new Thread(rig.engine()::close);
        closing.start();
        waiting.awaits(1);
        open.countDown();

        heard.awaits(1).delivered(ALICE);
        await().until(() -> !closing.isAlive());
        assertThat(peer.commands()).endsWith("QUIT");
    }

    @Test
    void deliverShouldPostponeWhenTheEndpointIsNotKnownAtPresent() {
        try (SmtpDeliveryEngine engine = new SmtpDeliveryEngine(
                hop -> {
                    throw new IllegalStateException("the store is down");
                },
                EngineRig.noNames(),
                Optional.empty(),
                SmtpClientSettings.withDefaults("client.test"),
                ShapingRules.NONE,
                Clock.systemUTC(),
                new Random(7),
                EngineRig.memories(Clock.systemUTC()))) {
            Recorder heard = new Recorder();

            engine.deliver(
                    new Consignment("test", HOP, List.of(new Addressee(ALICE, Optional.empty())), List.of()), heard);

            assertThat(heard.of(ALICE).postponed()).isEqualTo("the endpoint of relay:test is not known at present");
        }
    }
}
