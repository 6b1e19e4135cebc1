package io.postrider.server;

import static io.postrider.trace.DeliveryState.BOUNCED;
import static io.postrider.trace.DeliveryState.CANCELLED;
import static io.postrider.trace.DeliveryState.DEFERRED;
import static io.postrider.trace.DeliveryState.DELIVERED;
import static io.postrider.trace.DeliveryState.EXPIRED;
import static io.postrider.trace.DeliveryState.HELD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.Uninterruptibles;
import io.postrider.dispatch.MessageOperations.Cancellation;
import io.postrider.dispatch.MessageOperations.Retry;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.route.HeaderSet;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.route.Route;
import io.postrider.trace.EventType;
import io.postrider.trace.MessageTrace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.mail.MessagingException;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.james.queue.api.ManageableMailQueue.MailQueueItemView;
import org.apache.james.queue.api.ManageableMailQueue.MailQueueIterator;
import org.apache.mailet.Mail;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queue, dispatcher, delivery, simulator and store together, with restarts in between. */
class EngineTest {
    private static final Map<String, String> SOON = Map.of("POSTRIDER_RETRY_SCHEDULE", "1s");
    private static final Map<String, String> IN_AN_HOUR = Map.of("POSTRIDER_RETRY_SCHEDULE", "1h");

    @TempDir
    Path home;

    private EngineRig rig;

    private EngineRig rig(Map<String, String> environment) {
        rig = new EngineRig(home, environment);
        return rig;
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aMessageShouldGoAllTheWay() throws Exception {
        rig(SOON).start();

        MessageId id = rig.accept("success@simulator.invalid");

        rig.awaitState(id, "success@simulator.invalid", DELIVERED);
        MessageTrace trace = rig.trace(id);
        assertThat(trace.deliveries().get(0).attempts()).hasSize(1);
        assertThat(trace.events())
                .extracting(MessageTrace.Event::type)
                .containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.DELIVERED);
        rig.awaitEmptyQueue();
        var received = rig.engine().simulator().list(Optional.empty(), 10);
        assertThat(received)
                .singleElement()
                .satisfies(message -> assertThat(message.raw()).isEqualTo(EngineRig.content()));
    }

    @Test
    void mailForTheSimulatorShouldUseNoMoreConnectionsThanItMay() throws Exception {
        rig(Map.of("POSTRIDER_SIMULATOR_CONNECTIONS", "1")).start();
        String slow = "slow+1@simulator.invalid";

        List<MessageId> ids =
                List.of(rig.accept(slow), rig.accept(slow)); // the second comes while the first is under way

        int kept = 0;
        for (MessageId id : ids) {
            rig.awaitState(id, slow, DELIVERED);
            List<String> talk = rig.delivery(id, slow).attempts().get(0).talk();
            kept += talk.contains("* connection kept, transaction 2 on it") ? 1 : 0;
        }
        assertThat(kept).isEqualTo(1);
    }

    @Test
    void eachRecipientShouldComeToItsOwnEnd() throws Exception {
        rig(SOON).start();

        MessageId id = rig.accept(
                "success@simulator.invalid",
                "bounce@simulator.invalid",
                "mailbox-full@simulator.invalid",
                "defer@simulator.invalid");

        rig.awaitState(id, "success@simulator.invalid", DELIVERED);
        rig.awaitState(id, "bounce@simulator.invalid", BOUNCED);
        rig.awaitState(id, "mailbox-full@simulator.invalid", BOUNCED);
        rig.awaitState(id, "defer@simulator.invalid", DELIVERED);
        assertThat(rig.delivery(id, "defer@simulator.invalid").attempts()).hasSize(2);
        assertThat(rig.delivery(id, "success@simulator.invalid").attempts()).hasSize(1);
        rig.awaitEmptyQueue();
    }

    @Test
    void whatWasAcceptedButNotRecordedShouldBeFoundAfterARestart() throws Exception {
        rig(SOON);
        MessageId id = rig.enqueue("success@simulator.invalid", "bounce@simulator.invalid")
                .id();

        rig.restart().start();

        rig.awaitState(id, "success@simulator.invalid", DELIVERED);
        rig.awaitState(id, "bounce@simulator.invalid", BOUNCED);
        assertThat(rig.trace(id).message().subject()).isEqualTo("hello");
        assertThat(rig.trace(id).events())
                .extracting(MessageTrace.Event::type)
                .contains(EventType.ACCEPTED, EventType.QUEUED);
    }

    @Test
    void whatWasInWorkAndNotAcknowledgedShouldComeAgainAfterARestart() throws Exception {
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        rig(SOON).start(mail -> {
            taken.countDown();
            Uninterruptibles.awaitUninterruptibly(never);
        });
        MessageId id = rig.accept("success@simulator.invalid");
        assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();

        rig.restart().start();

        rig.awaitState(id, "success@simulator.invalid", DELIVERED);
        assertThat(rig.served()).containsExactly("success@simulator.invalid");
        never.countDown();
    }

    @Test
    void whatIsInThePipelineWhenTheNodeStopsShouldComeToItsEnd() throws Exception {
        CountDownLatch taken = new CountDownLatch(1);
        rig(SOON);
        var delivering = rig.delivering();
        rig.start(mail -> {
            taken.countDown();
            try {
                // As long as a slow store takes to answer.
                new CountDownLatch(1).await(500, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                throw new MessagingException("interrupted", e);
            }
            delivering.service(mail);
        });
        MessageId id = rig.accept("success@simulator.invalid");
        assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();

        rig.restart().start();

        rig.awaitState(id, "success@simulator.invalid", DELIVERED);
        assertThat(eventsOf(id)).doesNotContain(EventType.HELD);
    }

    @Test
    void whatDoesNotComeToTheEndOfThePipelineWhenTheNodeStopsShouldBePutOffAndNotHeld() throws Exception {
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        rig(SOON).start(mail -> {
            taken.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new MessagingException("interrupted", e);
            }
        });
        MessageId id = rig.accept("success@simulator.invalid");
        assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();

        rig.restart().start();

        rig.awaitState(id, "success@simulator.invalid", DELIVERED);
        assertThat(eventsOf(id)).doesNotContain(EventType.HELD);
    }

    private List<EventType> eventsOf(MessageId id) {
        return rig.trace(id).events().stream().map(MessageTrace.Event::type).toList();
    }

    @Test
    void whatWasAcknowledgedShouldNotComeAgainAfterARestart() throws Exception {
        rig(SOON).start();
        MessageId id = rig.accept("success@simulator.invalid");
        rig.awaitState(id, "success@simulator.invalid", DELIVERED);
        rig.awaitEmptyQueue();

        rig.restart().start();
        MessageId next = rig.accept("success+2@simulator.invalid");
        rig.awaitState(next, "success+2@simulator.invalid", DELIVERED);

        assertThat(rig.served()).containsExactly("success+2@simulator.invalid");
        assertThat(rig.delivery(id, "success@simulator.invalid").attempts()).hasSize(1);
    }

    @Test
    void whatWaitsForItsTimeShouldBeTriedAfterARestart() throws Exception {
        rig(Map.of("POSTRIDER_RETRY_SCHEDULE", "3s")).start();
        MessageId id = rig.accept("defer@simulator.invalid", "success@simulator.invalid");
        rig.awaitState(id, "success@simulator.invalid", DELIVERED);
        rig.awaitState(id, "defer@simulator.invalid", DEFERRED);

        rig.restart().start();

        // The simulator that was started anew defers it once more.
        rig.awaitState(id, "defer@simulator.invalid", DELIVERED);
        assertThat(rig.delivery(id, "defer@simulator.invalid").row().attempts()).isEqualTo(3);
        assertThat(rig.served()).containsExactly("defer@simulator.invalid");
    }

    @Test
    void recipientsThatThePipelineForgetsShouldBeHeldAndGoOnWhenAskedTo() throws Exception {
        AtomicBoolean broken = new AtomicBoolean(true);
        rig(SOON);
        var delivering = rig.delivering();
        rig.start(mail -> {
            if (broken.get()) {
                mail.setState(Mail.GHOST);
            } else {
                delivering.service(mail);
            }
        });

        MessageId id = rig.accept("success@simulator.invalid");
        rig.awaitState(id, "success@simulator.invalid", HELD);
        rig.awaitEmptyQueue();
        assertThat(rig.store().heldMails().count()).isOne();
        assertThat(rig.engine().operations().content(id))
                .hasValueSatisfying(content -> assertThat(content).isEqualTo(EngineRig.content()));

        broken.set(false);
        assertThat(rig.engine().operations().retry(id)).isEqualTo(Retry.STARTED);

        rig.awaitState(id, "success@simulator.invalid", DELIVERED);
        assertThat(rig.store().heldMails().count()).isZero();
        assertThat(rig.engine().operations().content(id)).isEmpty();
    }

    @Test
    void aMailThatFailsForEverShouldBeHeldAndNotBlockTheOthers() throws Exception {
        rig(SOON);
        var delivering = rig.delivering();
        rig.start(mail -> {
            if (EngineRig.addressed(mail).contains("poison")) {
                throw new IllegalStateException("this mail makes it fail");
            }
            delivering.service(mail);
        });

        MessageId poison = rig.accept("poison@simulator.invalid");
        List<MessageId> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            others.add(rig.accept("success@simulator.invalid"));
        }

        for (MessageId other : others) {
            rig.awaitState(other, "success@simulator.invalid", DELIVERED);
        }
        rig.awaitState(poison, "poison@simulator.invalid", HELD);
        assertThat(rig.delivery(poison, "poison@simulator.invalid").explanation())
                .contains("this mail makes it fail");
        rig.awaitEmptyQueue();
        rig.restart().start();
        assertThat(rig.delivery(poison, "poison@simulator.invalid").row().state())
                .isEqualTo(HELD);
        assertThat(rig.queue().getSize()).isZero();
    }

    @Test
    void retryShouldBringForwardWhatWaits() throws Exception {
        rig(IN_AN_HOUR).start();
        MessageId id = rig.accept("defer@simulator.invalid", "success@simulator.invalid");
        rig.awaitState(id, "defer@simulator.invalid", DEFERRED);
        assertThat(rig.engine().operations().content(id)).isPresent();

        assertThat(rig.engine().operations().retry(id)).isEqualTo(Retry.STARTED);

        rig.awaitState(id, "defer@simulator.invalid", DELIVERED);
        assertThat(rig.engine().operations().retry(id)).isEqualTo(Retry.NOTHING_TO_RETRY);
        assertThat(browse()).isEmpty();
    }

    @Test
    void cancelShouldEndWhatWaitsForGood() throws Exception {
        rig(IN_AN_HOUR).start();
        MessageId id = rig.accept("defer@simulator.invalid", "success@simulator.invalid");
        rig.awaitState(id, "success@simulator.invalid", DELIVERED);
        rig.awaitState(id, "defer@simulator.invalid", DEFERRED);

        Map<EmailAddress, Cancellation> answer =
                rig.engine().operations().cancel(id).orElseThrow();

        assertThat(answer)
                .containsEntry(EmailAddress.parse("defer@simulator.invalid"), Cancellation.CANCELLED)
                .containsEntry(EmailAddress.parse("success@simulator.invalid"), Cancellation.TOO_LATE);
        rig.restart().start();
        assertThat(rig.delivery(id, "defer@simulator.invalid").row().state()).isEqualTo(CANCELLED);
        rig.queue().flush();
        rig.awaitEmptyQueue();
        assertThat(rig.delivery(id, "defer@simulator.invalid").row().state()).isEqualTo(CANCELLED);
        assertThat(rig.served()).isEmpty();
    }

    @Test
    void cancelShouldEndWhatWasNotTakenYet() throws Exception {
        rig(SOON);
        MessageId id = rig.accept("success@simulator.invalid");
        await().untilAsserted(
                        () -> assertThat(rig.store().messageLog().find(id)).isPresent());

        assertThat(rig.engine().operations().cancel(id).orElseThrow()).containsValue(Cancellation.CANCELLED);
        rig.start();

        rig.awaitEmptyQueue();
        assertThat(rig.delivery(id, "success@simulator.invalid").row().state()).isEqualTo(CANCELLED);
        assertThat(rig.served()).isEmpty();
    }

    @Test
    void whatAnAdminRemovesFromTheQueueShouldBeCancelledInTheTrace() throws Exception {
        rig(IN_AN_HOUR).start();
        MessageId waiting = rig.accept("defer@simulator.invalid");
        MessageId other = rig.accept("defer+other@simulator.invalid");
        rig.awaitState(waiting, "defer@simulator.invalid", DEFERRED);
        rig.awaitState(other, "defer+other@simulator.invalid", DEFERRED);
        assertThat(browse())
                .hasSize(2)
                .allSatisfy(view -> assertThat(view.getNextDelivery()).isPresent());

        long removed = rig.queue().remove(ManageableMailQueue.Type.Recipient, "defer@simulator.invalid");

        assertThat(removed).isOne();
        assertThat(rig.delivery(waiting, "defer@simulator.invalid").row().state())
                .isEqualTo(CANCELLED);
        assertThat(rig.delivery(other, "defer+other@simulator.invalid").row().state())
                .isEqualTo(DEFERRED);
        assertThat(browse()).hasSize(1);
    }

    @Test
    void clearShouldCancelWhatIsQueued() throws Exception {
        rig(IN_AN_HOUR);
        MessageId id = rig.accept("success@simulator.invalid", "success+2@simulator.invalid");
        await().untilAsserted(
                        () -> assertThat(rig.store().messageLog().find(id)).isPresent());

        assertThat(rig.queue().clear()).isOne();
        rig.start();

        rig.awaitEmptyQueue();
        assertThat(rig.delivery(id, "success@simulator.invalid").row().state()).isEqualTo(CANCELLED);
        assertThat(rig.delivery(id, "success+2@simulator.invalid").row().state())
                .isEqualTo(CANCELLED);
        assertThat(rig.served()).isEmpty();
    }

    @Test
    void flushShouldTryWhatWaits() throws Exception {
        rig(IN_AN_HOUR).start();
        MessageId id = rig.accept("defer@simulator.invalid");
        rig.awaitState(id, "defer@simulator.invalid", DEFERRED);

        assertThat(rig.queue().flush()).isOne();

        rig.awaitState(id, "defer@simulator.invalid", DELIVERED);
    }

    @Test
    void whatCannotBeDeliveredShouldExpire() throws Exception {
        rig(Map.of("POSTRIDER_RETRY_SCHEDULE", "1h", "POSTRIDER_RETRY_TTL", "1s"));
        Relay.Tls clear = new Relay.Tls(Relay.TlsMode.NONE, false, Optional.empty());
        rig.store()
                .relays()
                .put(new Relay(
                        "nowhere",
                        "127.0.0.1",
                        closedPort(),
                        clear,
                        Optional.empty(),
                        Optional.empty(),
                        1,
                        1,
                        HeaderSet.FULL));
        rig.store()
                .routes()
                .put(new Route(Route.DEFAULT, 1000, Route.When.ALWAYS, List.of(new Hop.ViaRelay("nowhere"))));
        rig.start();

        MessageId id = rig.accept("somebody@example.com");

        rig.awaitState(id, "somebody@example.com", EXPIRED);
        assertThat(rig.delivery(id, "somebody@example.com").explanation()).contains("retry.ttl");
        rig.awaitEmptyQueue();
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private List<MailQueueItemView> browse() throws Exception {
        List<MailQueueItemView> views = new ArrayList<>();
        MailQueueIterator iterator = rig.queue().browse();
        try {
            iterator.forEachRemaining(views::add);
        } finally {
            iterator.close();
        }
        return views;
    }
}
