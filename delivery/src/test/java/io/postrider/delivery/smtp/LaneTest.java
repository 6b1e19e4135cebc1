package io.postrider.delivery.smtp;

import static io.postrider.delivery.smtp.EngineRig.ALICE;
import static io.postrider.delivery.smtp.EngineRig.HOP;
import static io.postrider.delivery.smtp.EngineRig.MESSAGE;
import static io.postrider.delivery.smtp.EngineRig.NO_TLS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.DeliveryEngine.Load;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.Lane;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the engine says of lanes that have no room, or where nobody answers. */
class LaneTest {
    private static final Lane LANE = new Lane(HOP, "");

    private final EngineRig rig = new EngineRig(
            settings(new SmtpClientSettings.Pauses(Duration.ofHours(1), Duration.ofHours(2))), Clock.systemUTC());

    private static SmtpClientSettings settings(SmtpClientSettings.Pauses pauses) {
        SmtpClientSettings base = EngineRig.settings(Duration.ofSeconds(5), Duration.ofSeconds(30));
        return new SmtpClientSettings(
                base.ehloName(),
                base.timeouts(),
                base.idleTimeout(),
                base.maxWait(),
                base.maxPending(),
                base.faultMemory(),
                base.attemptDelay(),
                pauses,
                base.closeGrace());
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    /** Lets nobody wait where others do, and remembers what it hears. */
    private static final class Impatient implements DeliveryEngine.Listener {
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private final BlockingQueue<Load> loads = new LinkedBlockingQueue<>();

        @Override
        public void attempted(EmailAddress recipient, Attempt attempt) {
            heard.add("attempted: " + attempt.outcome());
        }

        @Override
        public void postponed(EmailAddress recipient, String reason) {
            heard.add("postponed: " + reason);
        }

        @Override
        public boolean mayWait(Lane lane, Load load) {
            loads.add(load);
            return false;
        }

        @Override
        public void noRoom(EmailAddress recipient, Lane lane, String reason) {
            heard.add("no room in " + lane);
        }

        @Override
        public void closed(EmailAddress recipient, Lane lane, Instant until, Attempt instead) {
            boolean says = instead.outcome() instanceof DeliveryOutcome.Deferred deferred
                    && deferred.reason().contains("did not answer a short while ago");
            heard.add("closed: " + lane + " " + says + " " + until.isAfter(Instant.now()));
        }

        String next() throws InterruptedException {
            return Optional.ofNullable(heard.poll(10, TimeUnit.SECONDS)).orElse("nothing was heard");
        }
    }

    private Impatient deliver(boolean urgent) {
        Impatient listener = new Impatient();
        rig.engine()
                .deliver(
                        new Consignment(
                                "test",
                                HOP,
                                List.of(new Addressee(ALICE, Optional.empty())),
                                List.of(ByteBuffer.wrap(MESSAGE.getBytes(StandardCharsets.US_ASCII))),
                                EnvelopeRequest.NONE,
                                urgent,
                                ""),
                        listener);
        return listener;
    }

    @Test
    void whoFindsOthersWaitingAndMayNotShouldHearThatThereIsNoRoom() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        ScriptedSmtpPeer peer = rig.peer(PeerScript.thatTakesTheMessageOnlyAfter(open));
        Impatient first = deliver(false);
        await().until(() -> peer.commands().contains("DATA"));
        Impatient second = deliver(false);
        Impatient third = deliver(false);

        assertThat(third.next()).isEqualTo("no room in relay:test");
        assertThat(third.loads).singleElement().satisfies(load -> {
            assertThat(load.transactions()).isEqualTo(1);
            assertThat(load.bytes()).isEqualTo(MESSAGE.length());
        });
        open.countDown();
        assertThat(first.next()).startsWith("attempted: Delivered");
        assertThat(second.next()).startsWith("attempted: Delivered");
    }

    @Test
    void whoIsNotAskedAsNobodyAnsweredShouldHearThatTheLaneIsClosed() throws Exception {
        rig.deliverTo(new Endpoint("127.0.0.1", closedPort(), NO_TLS, Optional.empty(), 1, 100));

        assertThat(deliver(false).next()).startsWith("attempted: Deferred");
        assertThat(deliver(false).next()).isEqualTo("closed: " + LANE + " true true");
        assertThat(deliver(true).next()).contains("no connection to 127.0.0.1");
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
