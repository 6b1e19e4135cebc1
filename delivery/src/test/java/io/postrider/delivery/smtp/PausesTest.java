package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.testkit.dns.DnsBehaviour;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.Stage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Relays and mail servers that do not answer: what it costs, who finds out that they are back, and that nobody else waits for them. */
class PausesTest {
    private static final EmailAddress BOB = EmailAddress.parse("bob@example.test");
    private static final EmailAddress EVE = EmailAddress.parse("eve@dead.test");

    private final DirectRig rig = new DirectRig(
            "relay.test. 60 IN A 127.0.0.2",
            "two.test. 60 IN A 127.0.0.2",
            "two.test. 60 IN A 127.0.0.3",
            "mx1.test. 60 IN A 127.0.0.2",
            "example.test. 60 IN MX 10 mx1.test.");

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void aRelayShouldBeFoundByDns() {
        ScriptedSmtpPeer peer = rig.peer("127.0.0.2", PeerScript.offering());

        deliverBy(rig.relay("r", "relay.test")).delivered(BOB);

        assertThat(peer.messages()).hasSize(1);
        assertThat(rig.zone.queries("relay.test", "A")).isEqualTo(1);
        assertThat(rig.zone.queries("relay.test", "AAAA")).isEqualTo(1);
    }

    @Test
    void aRelayShouldBeReachedByItsOtherAddress() {
        rig.peer("127.0.0.3", PeerScript.offering());

        Recorder heard = deliverBy(rig.relay("r", "two.test"));

        assertThat(heard.attempt(BOB).connection().address()).isEqualTo("127.0.0.3");
    }

    @Test
    void aRelayThatDnsDoesNotKnowShouldDeferAndBeALastingFault() {
        DeliveryOutcome.Deferred deferred =
                deliverBy(rig.relay("r", "nowhere.test")).deferred(BOB);

        assertThat(deferred.fault()).isEqualTo(DeliveryOutcome.Fault.ROUTE);
        assertThat(deferred.reason()).isEqualTo("no address found for host 'nowhere.test'");
        assertThat(rig.faults.find("r").orElseThrow().lasting()).isTrue();
    }

    @Test
    void aRelayThatDnsCannotTellShouldDeferAndNotBeALastingFault() {
        rig.zone.behave("relay.test", DnsBehaviour.SERVFAIL);

        assertThat(deliverBy(rig.relay("r", "relay.test")).deferred(BOB).reason())
                .startsWith("4.4.3 the addresses of relay.test cannot be found out");
        assertThat(rig.faults.find("r").orElseThrow().lasting()).isFalse();
    }

    @Test
    void aRelayThatIsDeadShouldCostOneTryAndThenAPauseThatGrows() {
        Hop relay = rig.relay("r", "relay.test");

        assertThat(deliverBy(relay).deferred(BOB).reason()).startsWith("no connection to relay.test [127.0.0.2]: ");
        for (int seconds : new int[] {5, 10, 20, 40, 80, 160, 300, 300}) {
            rig.clock.advance(Duration.ofSeconds(seconds).minusMillis(1));
            assertThat(deliverBy(relay).deferred(BOB).reason())
                    .startsWith("relay:r: 127.0.0.2 did not answer a short while ago, and will not be tried before ");
            rig.clock.advance(Duration.ofMillis(1));
            assertThat(deliverBy(relay).deferred(BOB).reason()).startsWith("no connection to relay.test [127.0.0.2]: ");
        }
        assertThat(rig.faults.find("r").orElseThrow().count()).as("tries").isEqualTo(9);

        rig.peer("127.0.0.2", PeerScript.offering());
        rig.clock.advance(Duration.ofMinutes(5));
        deliverBy(relay).delivered(BOB);
        deliverBy(relay).delivered(BOB);
        assertThat(rig.faults.find("r")).isEmpty();
    }

    @Test
    void connectionsThatFailAtOnceShouldCostTheFirstPauseAndNoMore() {
        rig.connections(10, 100);
        Hop relay = rig.relay("r", "relay.test");
        CountDownLatch cut = new CountDownLatch(1);
        ScriptedSmtpPeer peer =
                rig.peer("127.0.0.2", PeerScript.offering().always(Stage.BANNER, Act.after(cut, Act.cut())));
        List<Recorder> heard =
                IntStream.range(0, 10).mapToObj(i -> rig.begin(relay, BOB)).toList();
        await().until(() -> peer.sessions().size() == 10);
        cut.countDown();
        heard.forEach(one -> one.awaits(1));

        rig.clock.advance(Duration.ofSeconds(5).minusMillis(1));
        assertThat(deliverBy(relay).deferred(BOB).reason()).contains("will not be tried before 2026-11-25T00:00:05Z");
        rig.clock.advance(Duration.ofMillis(1));
        deliverBy(relay).deferred(BOB);
        assertThat(peer.sessions()).hasSize(11);
    }

    @Test
    void aRelayThatGreetsAndBreaksShouldNotBeHeldForSilent() {
        Hop relay = rig.relay("r", "relay.test");
        deliverBy(relay).deferred(BOB);
        rig.clock.advance(Duration.ofSeconds(5));
        ScriptedSmtpPeer peer = rig.peer("127.0.0.2", PeerScript.offering().always(Stage.EHLO, Act.cut()));

        deliverBy(relay).deferred(BOB);
        deliverBy(relay).deferred(BOB);

        assertThat(peer.sessions()).hasSize(2);
    }

    @Test
    void aRelayWhoseTlsCannotBeSetUpShouldNotBeHeldForSilent() {
        Hop relay = rig.relay("r", "relay.test");
        Hop broken = rig.relay(
                "broken",
                "relay.test",
                rig.port,
                new Relay.Tls(Relay.TlsMode.STARTTLS, true, Optional.of("no certificate")));
        deliverBy(relay).deferred(BOB);
        rig.clock.advance(Duration.ofSeconds(5));
        rig.peer("127.0.0.2", PeerScript.offering());

        assertThat(deliverBy(broken).deferred(BOB).reason()).contains("tls.ca");
        deliverBy(relay).delivered(BOB);
    }

    @Test
    void oneTryAtATimeShouldFindOutWhetherARelayIsBack() {
        rig.connections(10, 100);
        Hop relay = rig.relay("r", "relay.test");
        deliverBy(relay).deferred(BOB);
        CountDownLatch greet = new CountDownLatch(1);
        ScriptedSmtpPeer peer =
                rig.peer("127.0.0.2", PeerScript.offering().at(Stage.BANNER, Act.after(greet, Act.reply("220 back"))));
        rig.clock.advance(Duration.ofSeconds(5));

        List<Recorder> heard =
                IntStream.range(0, 8).mapToObj(i -> rig.begin(relay, BOB)).toList();
        await().until(() ->
                heard.stream().filter(one -> !one.reports().isEmpty()).count() == 7);
        assertThat(peer.sessions()).hasSize(1);
        greet.countDown();
        await().until(() -> heard.stream().allMatch(one -> !one.reports().isEmpty()));

        assertThat(heard.stream().filter(one -> one.outcome(BOB) instanceof DeliveryOutcome.Delivered))
                .hasSize(1);
        deliverBy(relay).delivered(BOB);
    }

    @Test
    void anotherRelayOnTheSameAddressShouldNotSuffer() {
        ScriptedSmtpPeer other = rig.with(ScriptedSmtpPeer.playing(PeerScript.offering(), "127.0.0.2", 0));
        deliverBy(rig.relay("dead", "relay.test")).deferred(BOB);

        deliverBy(rig.relay("alive", "relay.test", other.port())).delivered(BOB);
    }

    @Test
    void anAddressShouldBeSilentForTheSourceThatFoundItSo() {
        rig.sources(DirectRig.source("127.0.0.8", "out8.example.com"));
        rig.deliver(BOB).deferred(BOB);
        rig.peer("127.0.0.2", PeerScript.offering());
        rig.sources(DirectRig.source("127.0.0.9", "out9.example.com"));

        assertThat(rig.deliver(BOB).attempt(BOB).source()).isEqualTo("127.0.0.9");

        rig.sources(DirectRig.source("127.0.0.8", "out8.example.com"));
        assertThat(rig.deliver(BOB).deferred(BOB).reason()).contains("127.0.0.2 did not answer a short while ago");
    }

    @Test
    void aDomainWhoseDnsIsDeadShouldNotHoldOthersBack() {
        rig.peer("127.0.0.2", PeerScript.offering());
        rig.zone.behave("dead.test", DnsBehaviour.HOLD);

        Recorder heard = rig.begin(BOB, EVE).awaits(1);
        heard.delivered(BOB);
        rig.zone.behave("dead.test", DnsBehaviour.SERVFAIL);

        assertThat(heard.awaits(2).deferred(EVE).reason()).startsWith("4.4.3 ");
    }

    private Recorder deliverBy(Hop hop) {
        return rig.begin(hop, BOB).awaits(1);
    }
}
