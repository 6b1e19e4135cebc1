package io.postrider.delivery.smtp;

import static io.postrider.delivery.smtp.EngineRig.ALICE;
import static io.postrider.delivery.smtp.EngineRig.BOB;
import static io.postrider.delivery.smtp.EngineRig.CAROL;
import static io.postrider.delivery.smtp.EngineRig.NO_TLS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Relay;
import io.postrider.route.Relay.TlsMode;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.Stage;
import io.postrider.testkit.smtp.TestCertificate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three mails wait for one connection: the envelope of the third goes out with the end of the data of the second, as the first was answered promptly. */
@Timeout(30)
class SentAheadTest {
    private static final EmailAddress DAVE = EmailAddress.parse("dave@example.net");
    private static final String REMARK =
            "* connection kept, transaction 3 on it, sent with the end of the data of the one before";
    private static final Act TAKEN = Act.reply("250 2.0.0 taken");

    private EngineRig rig = new EngineRig();
    private Recorder first = new Recorder();
    private Recorder second = new Recorder();
    private Recorder third = new Recorder();

    @AfterEach
    void close() {
        rig.close();
    }

    private static PeerScript script() {
        return PeerScript.offering("PIPELINING");
    }

    private ScriptedSmtpPeer deliverThree(PeerScript script) {
        return deliverThree(script, NO_TLS, 100);
    }

    /** The banner comes when all three wait. */
    private ScriptedSmtpPeer deliverThree(PeerScript script, Relay.Tls tls, int messagesPerConnection) {
        CountDownLatch all = new CountDownLatch(1);
        ScriptedSmtpPeer peer = rig.peer(
                script.at(Stage.BANNER, Act.after(all, Act.reply("220 peer.test"))),
                "127.0.0.1",
                tls,
                Optional.empty(),
                1,
                messagesPerConnection);
        first = rig.deliver(ALICE);
        second = rig.deliver(BOB);
        third = rig.deliver(CAROL);
        await().until(() -> peer.sessions().size() == 1);
        all.countDown();
        return peer;
    }

    @Test
    void theNextEnvelopeShouldComeBeforeTheReplyToTheMessage() {
        ScriptedSmtpPeer peer = deliverThree(script().at(Stage.DOT, TAKEN, Act.onceMoreHasCome(TAKEN)));

        first.awaits(1).delivered(ALICE);
        second.awaits(1).delivered(BOB);
        third.awaits(1).delivered(CAROL);
        assertThat(peer.sessions()).hasSize(1);
        assertThat(peer.messages()).hasSize(3);
        assertThat(third.attempt(CAROL).talk())
                .containsExactly(
                        REMARK,
                        "> MAIL FROM:<sender@example.com>",
                        "< 250 2.1.0 ok",
                        "> RCPT TO:<carol@example.net>",
                        "< 250 2.1.5 ok",
                        "> DATA",
                        "< 354 go ahead",
                        "> [26 bytes of message data]",
                        "< 250 2.0.0 taken");
        assertThat(second.attempt(BOB).talk())
                .contains("> [26 bytes of message data]", "< 250 2.0.0 taken")
                .noneMatch(line -> line.contains("carol"));
    }

    @Test
    void theNextEnvelopeShouldComeBeforeTheReplyOverTlsToo() {
        PeerScript script = script().withTls(
                        TestCertificate.with("ip:127.0.0.1").serverContext())
                .at(Stage.DOT, TAKEN, Act.onceMoreHasCome(TAKEN));
        ScriptedSmtpPeer peer = deliverThree(script, new Relay.Tls(TlsMode.STARTTLS, false, Optional.empty()), 100);

        third.awaits(1).delivered(CAROL);
        assertThat(peer.sessions()).hasSize(1);
    }

    @Test
    void nothingShouldBeSentAheadWithoutPipelining() {
        deliverThree(PeerScript.offering());

        third.awaits(1).delivered(CAROL);
        assertThat(third.attempt(CAROL).talk()).startsWith("* connection kept, transaction 3 on it");
    }

    @Test
    void nothingShouldBeSentAheadWhereTheConnectionIsToEnd() {
        ScriptedSmtpPeer peer = deliverThree(script(), NO_TLS, 2);

        third.awaits(1).delivered(CAROL);
        assertThat(peer.sessions()).hasSize(2);
        assertThat(peer.sessions().get(0).commands()).endsWith("DATA", "QUIT");
    }

    @Test
    void aLossBehindTheDotShouldBeTheFaultOfThatMessageOnly() {
        ScriptedSmtpPeer peer = deliverThree(script().at(Stage.DOT, TAKEN, Act.onceMoreHasCome(Act.cut())));

        assertThat(second.awaits(1).deferred(BOB).fault()).isEqualTo(Fault.UNKNOWN_OUTCOME);
        third.awaits(1).delivered(CAROL);
        assertThat(third.attempt(CAROL).talk())
                .contains(REMARK)
                .anyMatch(line -> line.endsWith("once more, on a new connection"));
        assertThat(peer.sessions()).hasSize(2);
        assertThat(peer.messages()).hasSize(3);
    }

    @Test
    void a421ToTheMessageShouldBeTheFaultOfThatMessageOnly() {
        deliverThree(script().at(
                        Stage.DOT,
                        TAKEN,
                        Act.onceMoreHasCome(Act.reply("421 4.3.2 shutting down").then(Act.cut()))));

        assertThat(second.awaits(1).deferred(BOB).reply().orElseThrow().code()).isEqualTo(421);
        third.awaits(1).delivered(CAROL);
    }

    @Test
    void aRefusedMessageShouldNotDisturbTheNext() {
        ScriptedSmtpPeer peer =
                deliverThree(script().at(Stage.DOT, TAKEN, Act.onceMoreHasCome(Act.reply("550 5.7.1 spam"))));

        second.awaits(1).bounced(BOB);
        third.awaits(1).delivered(CAROL);
        assertThat(peer.sessions()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"MAIL", "RCPT", "DATA"})
    void whatWasSentAheadShouldGoOnceMoreWhenTheConnectionDies(String stage) {
        for (Act end : List.of(
                Act.cut(),
                Act.reset(),
                Act.reply("421 4.4.5 enough").then(Act.cut()),
                Act.reply("221 bye").then(Act.cut()))) {
            ScriptedSmtpPeer peer = deliverThree(script().at(Stage.valueOf(stage), ok(stage), ok(stage), end));

            second.awaits(1).delivered(BOB);
            third.awaits(1).delivered(CAROL);
            assertThat(peer.sessions()).hasSize(2);
            assertThat(peer.messages()).hasSize(3);
        }
    }

    private static Act ok(String stage) {
        return Act.reply(stage.equals("DATA") ? "354 go" : "250 ok");
    }

    @Test
    void aRefusalOfWhatWasSentAheadShouldCount() {
        ScriptedSmtpPeer peer = deliverThree(script().when("RCPT TO:<carol@", Act.reply("550 5.1.1 no such user")));

        assertThat(third.awaits(1).bounced(CAROL).reply().toString()).isEqualTo("550 5.1.1 no such user");
        rig.deliver(DAVE).awaits(1).delivered(DAVE);
        assertThat(peer.sessions()).hasSize(1);
    }

    @Test
    void aReplyTooManyBehindTheMessageShouldBounceNobody() {
        ScriptedSmtpPeer peer = deliverThree(script().at(
                        Stage.DOT,
                        TAKEN,
                        Act.onceMoreHasCome(Act.raw("250 2.0.0 taken\r\n550 5.1.1 who is that\r\n"))));

        second.awaits(1).delivered(BOB);
        third.awaits(1).delivered(CAROL);
        assertThat(peer.sessions()).hasSize(2);
        assertThat(peer.messages()).hasSize(3);
    }

    @Test
    void aPeerThatForgetsWhatComesWithTheDataShouldBeSpared() {
        rig.close();
        rig = new EngineRig(EngineRig.settings(Duration.ofMillis(300), Duration.ofSeconds(5)));
        ScriptedSmtpPeer peer = deliverThree(
                script().at(Stage.DOT, TAKEN, Act.onceMoreHasCome(Act.replyAndForgetTheRest("250 2.0.0 taken"))));

        second.awaits(1).delivered(BOB);
        third.awaits(1).delivered(CAROL);
        assertThat(peer.sessions()).hasSize(2);

        List<Recorder> later =
                IntStream.range(0, 5).mapToObj(i -> rig.deliver(DAVE)).toList();

        later.forEach(heard -> assertThat(heard.awaits(1).attempt(DAVE).talk())
                .noneMatch(line -> line.contains("sent with the end of the data")));
        assertThat(peer.sessions()).hasSize(2);
    }

    @Test
    void closeShouldPostponeWhatWasSentAhead() {
        CountDownLatch never = new CountDownLatch(1);
        ScriptedSmtpPeer peer =
                deliverThree(script().at(Stage.DOT, TAKEN, Act.onceMoreHasCome(Act.after(never, TAKEN))));
        await().until(() -> peer.messages().size() == 2);

        rig.engine().close();

        assertThat(second.awaits(1).deferred(BOB).fault()).isEqualTo(Fault.UNKNOWN_OUTCOME);
        assertThat(third.awaits(1).of(CAROL).postponed()).isEqualTo("the service is stopping");
    }

    /** A delivered mail was read to its end by the peer, each mail was reported once, and none was read twice. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverAPeerDoesShouldDisturbNoOtherMail(long seed) {
        rig.close();
        rig = new EngineRig(EngineRig.settings(Duration.ofMillis(200), Duration.ofSeconds(20)));
        Random random = new Random(seed);
        PeerScript script = script();
        for (Stage stage : List.of(Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.DOT)) {
            String good = stage == Stage.DATA ? "354 go" : "250 ok";
            script.at(
                    stage,
                    IntStream.range(0, 60).mapToObj(i -> odd(random, good)).toArray(Act[]::new));
        }
        ScriptedSmtpPeer peer = rig.peer(script, "127.0.0.1", NO_TLS, Optional.empty(), 2, 20);
        List<EmailAddress> recipients = IntStream.range(0, 100)
                .mapToObj(i -> EmailAddress.parse("r" + i + "@example.net"))
                .toList();

        List<Recorder> heard = new ArrayList<>();
        recipients.forEach(recipient -> heard.add(rig.deliverText("X: " + recipient + "\r\n\r\nx\r\n", recipient)));
        heard.forEach(recorder -> recorder.awaits(1));

        List<String> read = peer.messages().stream()
                .filter(message -> message.length > 0) // a lone dot, where no recipient was taken
                .map(message -> new String(message, StandardCharsets.US_ASCII)
                        .lines()
                        .findFirst()
                        .orElseThrow())
                .toList();
        assertThat(read).doesNotHaveDuplicates();
        for (int i = 0; i < recipients.size(); i++) {
            DeliveryOutcome outcome = heard.get(i).outcome(recipients.get(i));
            if (outcome instanceof DeliveryOutcome.Delivered) {
                assertThat(read).contains("X: " + recipients.get(i));
            }
        }
        assertThat(heard).allMatch(recorder -> recorder.reports().size() == 1);
    }

    private static Act odd(Random random, String good) {
        return switch (random.nextInt(12)) {
            case 0 -> Act.cut();
            case 1 -> Act.reply("421 4.3.2 not now").then(Act.cut());
            case 2 -> Act.reply("550 5.7.1 no");
            case 3 -> Act.reply("451 4.7.1 later");
            case 4 -> Act.replyAndForgetTheRest(good);
            case 5 -> Act.raw(good + "\r\n250 one too many\r\n");
            default -> Act.reply(good);
        };
    }
}
