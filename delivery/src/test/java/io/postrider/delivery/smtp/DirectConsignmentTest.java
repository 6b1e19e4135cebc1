package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.dns.dnsjava.DnsSettings;
import io.postrider.mail.EmailAddress;
import io.postrider.route.EgressPool;
import io.postrider.route.Hop;
import io.postrider.shaping.ShapingRules;
import io.postrider.testkit.dns.DnsBehaviour;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DirectConsignmentTest {
    private static final EmailAddress BOB = EmailAddress.parse("bob@one.test");
    private static final EmailAddress EVE = EmailAddress.parse("eve@two.test");

    private final DirectRig rig = new DirectRig(
            "mx.one.test. 60 IN A 127.0.0.2",
            "one.test. 60 IN MX 10 mx.one.test.",
            "mx.two.test. 60 IN A 127.0.0.3",
            "two.test. 60 IN MX 10 mx.two.test.");
    private final Recorder heard = new Recorder();

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void aSiteThatCannotBeHandedOverShouldBePostponedAndNotHoldOthersBack() {
        handOver();

        heard.awaits(2);
        assertThat(heard.of(BOB).postponed())
                .isEqualTo("mx.one.test was not handed over: java.lang.IllegalStateException: full");
        assertThat(heard.of(EVE).postponed()).isEqualTo("taken");
    }

    @Test
    void aSiteThatIsFoundLateAndCannotBeHandedOverShouldBePostponed() {
        rig.dns(DirectConsignmentTest::patient);
        rig.zone.behave("one.test", DnsBehaviour.HOLD);
        handOver();
        heard.awaits(1).of(EVE);
        rig.zone.behave("one.test", DnsBehaviour.ANSWER);

        heard.awaits(2);
        assertThat(heard.of(BOB).postponed()).startsWith("mx.one.test was not handed over");
    }

    private static DnsSettings patient(DnsSettings settings) {
        return new DnsSettings(
                settings.servers(),
                Duration.ofSeconds(20),
                settings.rounds(),
                settings.minTtl(),
                settings.maxTtl(),
                settings.maxNegativeTtl(),
                settings.failureTtl(),
                settings.cacheEntries(),
                settings.maxOutstanding());
    }

    private void handOver() {
        new DirectConsignment(
                        new Consignment(
                                "test",
                                new Hop.Direct(EgressPool.DEFAULT),
                                Stream.of(BOB, EVE)
                                        .map(recipient -> new Addressee(recipient, Optional.of(EngineRig.SENDER)))
                                        .toList(),
                                List.of(ByteBuffer.allocate(0))),
                        heard,
                        rig.route(),
                        EgressPool.ofSystem(),
                        ShapingRules.NONE,
                        rig.clock)
                .whenResolved(site -> {
                    if (site.name().equals("mx.one.test")) {
                        throw new IllegalStateException("full");
                    }
                    site.transactions().forEach(transaction -> transaction.postponeAll("taken"));
                });
    }
}
