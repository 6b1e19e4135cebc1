package io.postrider.delivery.smtp;

import static io.postrider.delivery.smtp.EngineRig.ALICE;
import static io.postrider.delivery.smtp.EngineRig.BOB;
import static io.postrider.delivery.smtp.EngineRig.CAROL;
import static io.postrider.delivery.smtp.EngineRig.SENDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.DeliveryEngine.Listener;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.route.EgressPool;
import io.postrider.route.Hop;
import io.postrider.shaping.ShapingFile;
import io.postrider.shaping.ShapingRules;
import io.postrider.testkit.MutableClock;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.Stage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits as data, and turns. */
@Timeout(30)
class ShapingTest {
    private static final Duration LONG = Duration.ofSeconds(5);
    private static final EmailAddress ONE = EmailAddress.parse("x@one.test");
    private static final EmailAddress TWO = EmailAddress.parse("x@two.test");

    private final MutableClock clock = new MutableClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private static ShapingRules rules(String... lines) {
        List<String> problems = new ArrayList<>();
        List<String> all = new ArrayList<>(List.of(lines));
        all.add("shaping.a.example=421 4.7.0 slow down");
        all.add("shaping.a.source=this test");
        ShapingRules rules = ShapingFile.read("shaping.properties", all, problems);
        assertThat(problems).isEmpty();
        return rules;
    }

    private EngineRig rig(SmtpClientSettings settings, ShapingRules rules, Clock of) {
        EngineRig rig = new EngineRig(settings, rules, of);
        open.add(rig);
        return rig;
    }

    private DirectRig twoDomainsOfOneSite(ShapingRules rules) {
        DirectRig rig = new DirectRig(
                        "mx.site.test. 60 IN A 127.0.0.2",
                        "one.test. 60 IN MX 10 mx.site.test.",
                        "two.test. 60 IN MX 10 mx.site.test.")
                .shaping(rules);
        open.add(rig);
        return rig;
    }

    @Test
    void whatIsFasterThanARelayMayGoShouldGoBackWithTheRule() {
        EngineRig rig = rig(EngineRig.settings(LONG, LONG), rules("shaping.a.relay=test", "shaping.a.rate=1/m"), clock);
        ScriptedSmtpPeer peer = rig.peer(PeerScript.offering("PIPELINING"));

        rig.deliver(ALICE).awaits(1).delivered(ALICE);
        Recorder tooFast = rig.deliver(BOB).awaits(1);
        clock.advance(Duration.ofMinutes(1));
        rig.deliver(CAROL).awaits(1).delivered(CAROL);

        assertThat(tooFast.of(BOB).postponed())
                .isEqualTo("shaping.a lets 1/m go to relay:test, and 0 wait for that already");
        assertThat(peer.messages()).hasSize(2);
    }

    @Test
    void whatHasItsTurnSoonShouldWaitForIt() {
        EngineRig rig = rig(
                EngineRig.settings(LONG, LONG),
                rules("shaping.a.relay=test", "shaping.a.rate=20/s"),
                Clock.systemUTC());
        rig.peer(PeerScript.offering("PIPELINING"));

        List<Recorder> heard =
                IntStream.range(0, 35).mapToObj(i -> rig.deliver(ALICE)).toList();

        heard.forEach(recorder -> recorder.awaits(1).delivered(ALICE));
    }

    @Test
    void aRateShouldOutliveTheConnections() {
        EngineRig rig = rig(EngineRig.settings(LONG, LONG), rules("shaping.a.relay=test", "shaping.a.rate=1/h"), clock);
        ScriptedSmtpPeer peer = rig.peer(
                PeerScript.offering().always(Stage.DOT, Act.reply("250 ok").then(Act.cut())));

        rig.deliver(ALICE).awaits(1).delivered(ALICE);
        await().until(() -> peer.sessions().get(0).isOver());

        assertThat(rig.deliver(BOB).awaits(1).of(BOB).postponed()).startsWith("shaping.a lets 1/h go");
    }

    @Test
    void aMessageThatGoesOnceMoreShouldNotCountTwice() {
        EngineRig rig = rig(EngineRig.settings(LONG, LONG), rules("shaping.a.relay=test", "shaping.a.rate=2/s"), clock);
        ScriptedSmtpPeer peer =
                rig.peer(PeerScript.offering("PIPELINING").at(Stage.MAIL, Act.reply("250 ok"), Act.cut()));

        rig.deliver(ALICE).awaits(1).delivered(ALICE);
        rig.deliver(BOB).awaits(1).delivered(BOB);

        assertThat(peer.sessions()).as("the second went once more").hasSize(2);
    }

    @Test
    void aProviderShouldGetNoMoreThanItsRuleSays() throws Exception {
        DirectRig rig = twoDomainsOfOneSite(rules(
                "shaping.a.mx=site.test",
                "shaping.a.maxConnections=1",
                "shaping.a.messagesPerConnection=2",
                "shaping.a.maxRecipients=3"));
        ScriptedSmtpPeer peer = rig.peer("127.0.0.2", PeerScript.offering("PIPELINING"));
        EmailAddress[] recipients = IntStream.range(0, 8)
                .mapToObj(i -> EmailAddress.parse("r" + i + "@one.test"))
                .toArray(EmailAddress[]::new);

        Recorder heard = rig.deliver(recipients);

        assertThat(heard.attempt(recipients[0]).talk()).contains("* limits: shaping.a");
        assertThat(peer.commands().stream().filter(line -> line.startsWith("MAIL")))
                .hasSize(3);
        assertThat(peer.sessions()).hasSize(2);
        assertThat(peer.sessions().get(0).commands()).endsWith("QUIT");
    }

    @Test
    void aDomainWithARuleOfItsOwnShouldNotHoldOthersOfItsSiteBack() {
        DirectRig rig = twoDomainsOfOneSite(rules("shaping.a.domains=two.test", "shaping.a.rate=1/h"));
        ScriptedSmtpPeer peer = rig.peer("127.0.0.2", PeerScript.offering("PIPELINING"));

        rig.deliver(ONE, TWO).delivered(TWO);
        Recorder second = rig.deliver(ONE, TWO);

        second.delivered(ONE);
        assertThat(second.of(TWO).postponed())
                .isEqualTo("shaping.a lets 1/h go to direct to mx.site.test by shaping.a, and 0 wait for that already");
        assertThat(peer.messages()).hasSize(3);
    }

    private static Recorder deliver(EngineRig rig, String tenant, EmailAddress recipient) {
        return rig.deliver(new Consignment(
                "test",
                EngineRig.HOP,
                List.of(new Addressee(recipient, Optional.of(SENDER))),
                List.of(ByteBuffer.wrap(EngineRig.MESSAGE.getBytes(StandardCharsets.US_ASCII))),
                EnvelopeRequest.NONE,
                false,
                tenant));
    }

    @Test
    void tenantsShouldTakeTurns() {
        EngineRig rig = rig(EngineRig.settings(LONG, LONG), ShapingRules.NONE, clock);
        CountDownLatch all = new CountDownLatch(1);
        ScriptedSmtpPeer peer = rig.peer(
                PeerScript.offering("PIPELINING").at(Stage.BANNER, Act.after(all, Act.reply("220 peer.test"))));

        List<Recorder> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            many.add(deliver(rig, "many", EmailAddress.parse("many" + i + "@example.net")));
        }
        Recorder one = deliver(rig, "few", EmailAddress.parse("few0@example.net"));
        Recorder other = deliver(rig, "few", EmailAddress.parse("few1@example.net"));
        await().until(() -> peer.sessions().size() == 1);
        all.countDown();

        many.forEach(recorder -> recorder.awaits(1));
        one.awaits(1);
        other.awaits(1);
        assertThat(peer.commands().stream().filter(line -> line.startsWith("RCPT")))
                .startsWith(
                        "RCPT TO:<many0@example.net>",
                        "RCPT TO:<many1@example.net>",
                        "RCPT TO:<few0@example.net>",
                        "RCPT TO:<many2@example.net>",
                        "RCPT TO:<few1@example.net>",
                        "RCPT TO:<many3@example.net>",
                        "RCPT TO:<many4@example.net>");
    }

    @Test
    void aTenantWithManyWaitingShouldMakeRoomForOneWithFew() {
        SmtpClientSettings base = EngineRig.settings(LONG, LONG);
        EngineRig rig = rig(
                new SmtpClientSettings(
                        "client.test",
                        base.timeouts(),
                        base.idleTimeout(),
                        base.maxWait(),
                        3,
                        base.faultMemory(),
                        base.attemptDelay(),
                        base.pauses(),
                        base.closeGrace()),
                ShapingRules.NONE,
                clock);
        CountDownLatch all = new CountDownLatch(1);
        ScriptedSmtpPeer peer = rig.peer(
                PeerScript.offering("PIPELINING").at(Stage.BANNER, Act.after(all, Act.reply("220 peer.test"))));

        List<Recorder> many =
                IntStream.range(0, 4).mapToObj(i -> deliver(rig, "many", ALICE)).toList();
        Recorder few = deliver(rig, "few", BOB);
        many.get(3).awaits(1);
        Recorder tooMany = deliver(rig, "many", CAROL).awaits(1);
        await().until(() -> peer.sessions().size() == 1);
        all.countDown();

        few.awaits(1).delivered(BOB);
        assertThat(many.get(3).of(ALICE).postponed()).contains("3 transactions waiting (limit: 3)");
        assertThat(tooMany.of(CAROL).postponed()).contains("3 transactions waiting (limit: 3)");
        many.subList(0, 3).forEach(recorder -> recorder.awaits(1).delivered(ALICE));
    }

    @Test
    void aSiteWithAllConnectionsShouldGiveOneUpForAnother() {
        DirectRig rig = new DirectRig(
                        "mx.one.test. 60 IN A 127.0.0.2",
                        "mx.two.test. 60 IN A 127.0.0.3",
                        "one.test. 60 IN MX 10 mx.one.test.",
                        "two.test. 60 IN MX 10 mx.two.test.")
                .connections(3, 3)
                .messagesPerConnection(1_000_000);
        open.add(rig);
        rig.peer("127.0.0.2", PeerScript.offering("PIPELINING"));
        rig.peer("127.0.0.3", PeerScript.offering("PIPELINING"));
        AtomicBoolean enough = new AtomicBoolean();
        for (int i = 0; i < 12; i++) {
            deliverAgainAndAgain(rig, enough);
        }
        rig.deliver(ONE);

        rig.deliver(TWO).delivered(TWO);

        enough.set(true);
    }

    /** Until it is enough, it always waits for a connection, or has one. */
    private static void deliverAgainAndAgain(DirectRig rig, AtomicBoolean enough) {
        Consignment consignment = new Consignment(
                "test",
                new Hop.Direct(EgressPool.DEFAULT),
                List.of(new Addressee(ONE, Optional.of(SENDER))),
                List.of(ByteBuffer.wrap(EngineRig.MESSAGE.getBytes(StandardCharsets.US_ASCII))));
        rig.engine().deliver(consignment, new Listener() {
            @Override
            public void attempted(EmailAddress recipient, Attempt attempt) {
                again();
            }

            @Override
            public void postponed(EmailAddress recipient, String reason) {
                again();
            }

            private void again() {
                if (!enough.get()) {
                    rig.engine().deliver(consignment, this);
                }
            }
        });
    }
}
