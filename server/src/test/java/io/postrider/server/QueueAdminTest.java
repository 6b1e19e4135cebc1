package io.postrider.server;

import static io.postrider.trace.DeliveryState.CANCELLED;
import static io.postrider.trace.DeliveryState.DEFERRED;
import static io.postrider.trace.DeliveryState.DELIVERED;
import static io.postrider.trace.DeliveryState.QUEUED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.mail.MessageId;
import io.postrider.trace.EventType;
import io.postrider.trace.MessageTrace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.james.queue.api.ManageableMailQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an admin does to the spool, where its mails are messages of ours. */
class QueueAdminTest {
    private static final Map<String, String> IN_AN_HOUR = Map.of("POSTRIDER_RETRY_SCHEDULE", "1h");
    private static final String BOB = "success+bob@simulator.invalid";
    private static final String EVE = "success+eve@simulator.invalid";
    private static final String LATE = "defer@simulator.invalid";

    @TempDir
    Path home;

    private EngineRig rig;

    private EngineRig rig() {
        rig = new EngineRig(home, IN_AN_HOUR);
        return rig;
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private List<EventType> eventsOf(MessageId id) {
        return rig.trace(id).events().stream().map(MessageTrace.Event::type).toList();
    }

    private MessageId deferred() throws Exception {
        MessageId id = rig.accept(LATE);
        rig.awaitState(id, LATE, DEFERRED);
        return id;
    }

    @Test
    void clearShouldCancelEachDeliveryWithItsEventAndEmptyTheQueueForGood() throws Exception {
        rig().start();
        MessageId waiting = deferred();
        rig.restart();
        List<MessageId> queued = new ArrayList<>();
        for (int i = 0; i < 450; i++) {
            queued.add(rig.accept(BOB, EVE));
        }

        assertThat(rig.queue().clear()).isEqualTo(451);

        assertThat(rig.queue().getSize()).isZero();
        assertThat(eventsOf(waiting)).endsWith(EventType.DEFERRED, EventType.CANCELLED);
        for (MessageId id : queued) {
            assertThat(rig.delivery(id, BOB).row().state()).isEqualTo(CANCELLED);
            assertThat(rig.delivery(id, EVE).row().state()).isEqualTo(CANCELLED);
        }
        rig.restart().start();
        MessageId next = rig.accept(BOB);
        rig.awaitState(next, BOB, DELIVERED);
        assertThat(rig.queue().getSize()).isZero();
        assertThat(rig.served()).containsExactly(BOB);
    }

    @Test
    void clearShouldNotLoseTheEventsOfAMessageThatTheLogDoesNotKnowYet() throws Exception {
        rig();
        MessageId id = rig.enqueue(BOB, EVE).id();

        assertThat(rig.queue().clear()).isOne();

        assertThat(eventsOf(id)).contains(EventType.ACCEPTED, EventType.QUEUED).endsWith(EventType.CANCELLED);
        assertThat(rig.delivery(id, EVE).row().state()).isEqualTo(CANCELLED);
    }

    @Test
    void removeShouldCancelWhatMatchesAndNothingElse() throws Exception {
        rig();
        MessageId toBob = rig.accept(BOB);
        MessageId toEve = rig.accept(EVE);

        assertThat(rig.queue().remove(ManageableMailQueue.Type.Recipient, BOB)).isOne();

        assertThat(rig.delivery(toBob, BOB).row().state()).isEqualTo(CANCELLED);
        rig.start();
        rig.awaitState(toEve, EVE, DELIVERED);
        rig.awaitEmptyQueue();
        assertThat(rig.served()).containsExactly(EVE);
    }

    @Test
    void whatIsInThePipelineShouldBeCancelledAndWhatIsTakenAfterwardsShouldNot() throws Exception {
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch cleared = new CountDownLatch(1);
        var delivering = rig().delivering();
        rig.start(mail -> {
            taken.countDown();
            try {
                cleared.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            delivering.service(mail);
        });
        MessageId inWork = rig.accept(BOB);
        assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();

        rig.queue().clear();
        cleared.countDown();

        MessageId next = rig.accept(EVE);
        rig.awaitState(next, EVE, DELIVERED);
        rig.awaitEmptyQueue();
        assertThat(rig.delivery(inWork, BOB).row().state()).isEqualTo(CANCELLED);
        assertThat(rig.served()).containsExactly(EVE);
    }

    @Test
    void flushShouldBringForwardWhatWaitsAndSayWhy() throws Exception {
        rig().start();
        MessageId first = deferred();
        MessageId second = rig.accept(LATE.replace("defer@", "defer+2@"));
        rig.awaitState(second, LATE.replace("defer@", "defer+2@"), DEFERRED);
        rig.restart();

        assertThat(rig.queue().flush()).isEqualTo(2);

        assertThat(rig.delivery(first, LATE).row().state()).isEqualTo(QUEUED);
        assertThat(rig.delivery(first, LATE).explanation()).contains("asked for by an admin");
        assertThat(rig.queue().getSize()).isEqualTo(2);
        rig.start();
        // The simulator, which was started anew, defers it a first time again.
        await().untilAsserted(
                        () -> assertThat(rig.delivery(first, LATE).attempts()).hasSize(2));
        rig.awaitState(first, LATE, DEFERRED);
        rig.queue().flush();
        rig.awaitState(first, LATE, DELIVERED);
        rig.awaitEmptyQueue();
    }

    @Test
    void whatWasFlushedShouldStillBeCancelled() throws Exception {
        rig().start();
        MessageId id = deferred();
        rig.restart();
        rig.queue().flush();

        assertThat(rig.queue().clear()).isOne();

        assertThat(rig.delivery(id, LATE).row().state()).isEqualTo(CANCELLED);
        assertThat(rig.queue().getSize()).isZero();
    }
}
