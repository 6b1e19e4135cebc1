package io.postrider.server;

import static io.postrider.trace.DeliveryState.CANCELLED;
import static io.postrider.trace.DeliveryState.DEFERRED;
import static io.postrider.trace.DeliveryState.DELIVERED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.dispatch.MessageOperations.Retry;
import io.postrider.dispatch.Queues;
import io.postrider.mail.MessageId;
import io.postrider.route.HeaderSet;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import io.postrider.route.Route;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.james.queue.api.ManageableMailQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mail for a relay where nobody answers, and what rests of it. */
class BacklogTest {
    private static final int MANY = 20;

    @TempDir
    Path directory;

    private EngineRig rig;

    @BeforeEach
    void start() throws IOException {
        rig = new EngineRig(
                directory, Map.of("POSTRIDER_DELIVERY_FIRST_PAUSE", "1h", "POSTRIDER_DELIVERY_MAX_PAUSE", "1d"));
        rig.store().relays().put(relayAt(closedPort()));
        rig.store()
                .routes()
                .put(new Route(
                        "dead",
                        1,
                        new Route.When(
                                Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("dead.example")),
                        List.of(new Hop.ViaRelay("dead"))));
        rig.start();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private static Relay relayAt(int port) {
        return new Relay(
                "dead",
                "127.0.0.1",
                port,
                new Relay.Tls(Relay.TlsMode.NONE, false, Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                1,
                100,
                HeaderSet.FULL);
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The first finds out, the others rest. */
    private List<MessageId> rest() throws Exception {
        MessageId first = rig.accept("first@dead.example");
        rig.awaitState(first, "first@dead.example", DEFERRED);
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            ids.add(rig.accept(to(i)));
        }
        await().atMost(EngineRig.PATIENCE).untilAsserted(() -> {
            assertThat(spool().resting()).isEqualTo(MANY);
            assertThat(spool().waiting() + spool().inWork()).isZero();
        });
        return ids;
    }

    private static String to(int i) {
        return "to" + i + "@dead.example";
    }

    private Queues.Status spool() {
        return rig.queues().find("spool").orElseThrow();
    }

    /** Somebody answers at the relay, which an admin has changed. */
    private void revive() {
        rig.injector()
                .getInstance(Relays.class)
                .put(relayAt(rig.engine().simulator().port()));
    }

    @Test
    void mailForADeadRelayShouldRestWithoutAnAttemptAndGoWhenTheRelayIsChanged() throws Exception {
        List<MessageId> ids = rest();
        for (int i = 0; i < MANY; i++) {
            assertThat(rig.delivery(ids.get(i), to(i)).row().state()).isEqualTo(DEFERRED);
            assertThat(rig.delivery(ids.get(i), to(i)).attempts()).isEmpty();
            assertThat(rig.delivery(ids.get(i), to(i)).explanation()).contains("did not answer a short while ago");
        }
        MessageId healthy = rig.accept("success@simulator.invalid");
        rig.awaitState(healthy, "success@simulator.invalid", DELIVERED);

        revive();
        for (int i = 0; i < MANY; i++) {
            rig.awaitState(ids.get(i), to(i), DELIVERED);
            assertThat(rig.delivery(ids.get(i), to(i)).attempts()).hasSize(1);
        }
        await().atMost(EngineRig.PATIENCE)
                .untilAsserted(() -> assertThat(spool().resting()).isZero());
    }

    @Test
    void aSlowRelayShouldHoldNobodyUpAndGetAllItsMailOnce() throws Exception {
        rig.close();
        rig = new EngineRig(
                directory, Map.of("POSTRIDER_QUEUE_WINDOW_MESSAGES", "20", "POSTRIDER_DELIVERY_MAX_WAIT", "1h"));
        CountDownLatch open = new CountDownLatch(1);
        try (ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(PeerScript.thatTakesTheMessageOnlyAfter(open))) {
            rig.store().relays().put(relayAt(peer.port()));
            rig.start();
            List<MessageId> ids = new ArrayList<>();
            for (int i = 0; i < 2 * MANY; i++) {
                ids.add(rig.accept(to(i)));
            }

            MessageId healthy = rig.accept("success@simulator.invalid");
            rig.awaitState(healthy, "success@simulator.invalid", DELIVERED);
            assertThat(peer.messages()).as("the one that waits for its reply").hasSizeLessThan(2);
            await().atMost(EngineRig.PATIENCE)
                    .untilAsserted(() -> assertThat(spool().resting()).isGreaterThan(MANY));

            open.countDown();
            for (int i = 0; i < 2 * MANY; i++) {
                rig.awaitState(ids.get(i), to(i), DELIVERED);
                assertThat(rig.delivery(ids.get(i), to(i)).attempts()).hasSize(1);
            }
            assertThat(peer.messages()).hasSize(2 * MANY);
            rig.awaitEmptyQueue();
        }
    }

    @Test
    void whatRestsShouldBeFoundAfterARestart() throws Exception {
        List<MessageId> ids = rest();

        rig.restart();
        assertThat(spool().resting()).isEqualTo(MANY);
        revive();
        rig.start();

        for (int i = 0; i < MANY; i++) {
            rig.awaitState(ids.get(i), to(i), DELIVERED);
        }
    }

    @Test
    void anAdminShouldSeeWhatRestsAndRemoveIt() throws Exception {
        List<MessageId> ids = rest();

        Queues.Backlog backlog = rig.queues().backlogs("spool").orElseThrow().get(0);
        assertThat(backlog.hop()).isEqualTo("relay:dead");
        assertThat(backlog.resting()).isEqualTo(MANY);
        assertThat(backlog.oldest()).isPresent();
        assertThat(backlog.closedUntil()).isPresent();
        assertThat(backlog.why()).contains("did not answer a short while ago");
        List<Queues.Entry> listed = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            var page = rig.queues()
                    .entries("spool", Optional.of(Queues.State.RESTING), 7, cursor)
                    .orElseThrow();
            listed.addAll(page.items());
            cursor = page.nextCursor();
        } while (cursor.isPresent());
        assertThat(listed)
                .extracting(entry -> entry.recipients().get(0))
                .hasSize(MANY)
                .doesNotHaveDuplicates();
        int browsed = 0;
        for (var mails = rig.queue().browse(); mails.hasNext(); mails.next()) {
            browsed++;
        }
        assertThat(browsed).isEqualTo(MANY + 1);
        assertThat(rig.queue().getSize()).isEqualTo(MANY + 1);

        assertThat(rig.queue().remove(ManageableMailQueue.Type.Recipient, to(3)))
                .isOne();
        rig.awaitState(ids.get(3), to(3), CANCELLED);
        assertThat(spool().resting()).isEqualTo(MANY - 1);
        assertThat(rig.queue().clear()).isEqualTo(MANY);
        rig.awaitState(ids.get(5), to(5), CANCELLED);
        rig.awaitEmptyQueue();
    }

    @Test
    void aRetryShouldBringOneMailToAnAttemptNow() throws Exception {
        List<MessageId> ids = rest();

        assertThat(rig.engine().operations().retry(ids.get(4))).isEqualTo(Retry.STARTED);

        await().atMost(EngineRig.PATIENCE)
                .untilAsserted(() -> assertThat(rig.delivery(ids.get(4), to(4)).attempts())
                        .singleElement()
                        .satisfies(
                                attempt -> assertThat(attempt.talk().toString()).contains("Connection refused")));
        assertThat(spool().resting()).isEqualTo(MANY - 1);
    }

    @Test
    void theSweeperShouldLeaveAloneWhatRests() throws Exception {
        rest();

        assertThat(rig.engine().sweeper().run().isAlarm()).isFalse();
        assertThat(spool().resting()).isEqualTo(MANY);
    }
}
