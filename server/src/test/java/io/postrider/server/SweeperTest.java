package io.postrider.server;

import static io.postrider.trace.DeliveryState.CANCELLED;
import static io.postrider.trace.DeliveryState.DEFERRED;
import static io.postrider.trace.DeliveryState.DELIVERED;
import static io.postrider.trace.DeliveryState.HELD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.Uninterruptibles;
import io.postrider.dispatch.Sweeper;
import io.postrider.dispatch.Sweeper.Limits;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.EntryId;
import io.postrider.trace.EventType;
import io.postrider.trace.HeldMail;
import io.postrider.trace.MessageTrace;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the sweeper finds between the real broker and the real store. */
class SweeperTest {
    private static final String BOB = "success@simulator.invalid";
    private static final EmailAddress TO_BOB = EmailAddress.parse(BOB);
    private final Instant longAgo = Instant.now().minus(Duration.ofDays(1));

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

    /** A sweeper whose clock goes ahead of that of the mails, so that what there is now is late. */
    private Sweeper sweeperIn(Duration ahead) {
        var engine = rig.engine();
        return new Sweeper(
                Clock.offset(Clock.systemUTC(), ahead),
                engine.dispatcher(),
                engine.operations(),
                engine.entries(),
                engine.entries(),
                rig.store().messageLog(),
                rig.store().heldMails(),
                rig.store().openDeliveries(),
                new Limits(Duration.ofMinutes(10), Duration.ofMillis(1), 100));
    }

    private AcceptedMessage acceptedLongAgo() {
        return new AcceptedMessage(
                MessageId.at(longAgo, new Random()),
                "default",
                "transactional",
                "default",
                Optional.of(EngineRig.SENDER),
                "hello",
                100,
                longAgo,
                List.of(TO_BOB));
    }

    @Test
    void aDeliveryWithoutAnEntryShouldBeHeldWithAnAlarmThatStays() {
        rig(Map.of());
        AcceptedMessage lost = acceptedLongAgo();
        rig.store().messageLog().append(List.of(new Change.Accepted(lost)));

        Sweeper.Report report = rig.engine().sweeper().run();

        assertThat(report.lost()).isOne();
        assertThat(rig.delivery(lost.id(), BOB).row().state()).isEqualTo(HELD);
        assertThat(rig.delivery(lost.id(), BOB).explanation()).contains("its queue entry is gone");
        assertThat(rig.trace(lost.id()).events())
                .extracting(MessageTrace.Event::type)
                .contains(EventType.HELD);
        assertThat(rig.engine().isSwept()).isFalse();
        Sweeper.Report next = rig.engine().sweeper().run();
        assertThat(next.lost()).isZero();
        assertThat(next.withoutMail()).isOne();
        assertThat(rig.engine().isSwept()).isFalse();
        rig.engine().operations().cancel(lost.id());
        assertThat(rig.delivery(lost.id(), BOB).row().state()).isEqualTo(CANCELLED);
        rig.engine().sweeper().run();
        assertThat(rig.engine().isSwept()).isTrue();
    }

    @Test
    void anEntryThatTurnsUpAfterItsDeliveryWasHeldShouldGoOn() throws Exception {
        rig(Map.of());
        AcceptedMessage accepted = rig.enqueue(BOB);
        rig.store().messageLog().append(List.of(new Change.Accepted(accepted)));
        DeliveryRow row = rig.delivery(accepted.id(), BOB).row();
        rig.store()
                .messageLog()
                .append(List.of(new Change.Step(
                        accepted.id(),
                        TO_BOB,
                        HELD,
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        row.owner(),
                        "held by a sweeper that was wrong",
                        Instant.now())));

        rig.restart().start();

        rig.awaitState(accepted.id(), BOB, DELIVERED);
        assertThat(rig.served()).containsExactly(BOB);
    }

    @Test
    void whatWaitsForItsTurnOrItsTimeShouldBeLeftAlone() throws Exception {
        rig(Map.of("POSTRIDER_RETRY_SCHEDULE", "1h")).start();
        MessageId waiting = rig.accept("greylist@simulator.invalid", "defer@simulator.invalid");
        rig.awaitState(waiting, "defer@simulator.invalid", DEFERRED);
        rig.restart();
        MessageId queued = rig.accept(BOB);
        await().untilAsserted(
                        () -> assertThat(rig.store().messageLog().find(queued)).isPresent());

        Sweeper.Report report = sweeperIn(Duration.ofDays(1)).run();

        assertThat(report.checked()).isGreaterThanOrEqualTo(2);
        assertThat(report.lost()).isZero();
        assertThat(rig.delivery(waiting, "defer@simulator.invalid").row().state())
                .isEqualTo(DEFERRED);
    }

    @Test
    void whatIsTakenButNotAcknowledgedShouldBeLeftAlone() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch taken = new CountDownLatch(1);
        rig(Map.of());
        var delivering = rig.delivering();
        rig.start(mail -> {
            taken.countDown();
            Uninterruptibles.awaitUninterruptibly(release);
            delivering.service(mail);
        });
        MessageId id = rig.accept(BOB);
        taken.await();

        assertThat(rig.engine().entries().present(List.of(EntryId.firstOf(id)))).containsExactly(EntryId.firstOf(id));
        release.countDown();
        rig.awaitState(id, BOB, DELIVERED);
    }

    @Test
    void anEntryThatTheLogKnowsNothingOfShouldBeDelivered() throws Exception {
        rig(Map.of());
        MessageId id = MessageId.at(longAgo, new Random());
        byte[] mail = rig.serialised(id, BOB);
        rig.engine()
                .entries()
                .put(new EntryId(MessageId.at(longAgo, new Random()).value()), id, mail, Optional.empty());

        rig.start();

        await().atMost(EngineRig.PATIENCE)
                .untilAsserted(() -> assertThat(rig.served()).containsExactly(BOB));
        rig.awaitState(id, BOB, DELIVERED);
        assertThat(rig.trace(id).events()).extracting(MessageTrace.Event::type).startsWith(EventType.ACCEPTED);
        assertThat(rig.engine().isSwept())
                .as("at once, not only after the next run")
                .isFalse();
        Sweeper.Report report = rig.engine().sweeper().run();
        assertThat(report.adopted()).isOne();
        assertThat(report.isAlarm()).isTrue();
        assertThat(rig.engine().isSwept()).isFalse();
        assertThat(rig.engine().sweeper().run().adopted()).isZero();
        assertThat(rig.engine().isSwept()).isTrue();
    }

    @Test
    void aStuckEntryShouldBePutOffAndDeliveredByItsSuccessor() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch taken = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        rig(Map.of("POSTRIDER_DELIVERY_POSTPONE_DELAY", "1s"));
        var delivering = rig.delivering();
        rig.start(mail -> {
            if (first.getAndSet(false)) {
                taken.countDown();
                Uninterruptibles.awaitUninterruptibly(release);
            }
            delivering.service(mail);
        });
        MessageId id = rig.accept(BOB);
        taken.await();

        await().atMost(EngineRig.PATIENCE)
                .until(() -> sweeperIn(Duration.ZERO).run().stuck() == 1);

        rig.awaitState(id, BOB, DELIVERED);
        release.countDown();
        rig.awaitEmptyQueue();
        assertThat(rig.served()).containsExactly(BOB);
    }

    @Test
    void anEntryThatIsThereTwiceShouldKeepNobodyWaiting() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch taken = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        rig(Map.of("POSTRIDER_RETRY_SCHEDULE", "1h"));
        var delivering = rig.delivering();
        rig.start(mail -> {
            if (first.getAndSet(false)) {
                taken.countDown();
                Uninterruptibles.awaitUninterruptibly(release);
            }
            delivering.service(mail);
        });
        MessageId stuck = rig.accept("defer@simulator.invalid");
        taken.await();

        byte[] mail = rig.serialised(stuck, "defer@simulator.invalid");
        rig.engine().entries().put(EntryId.firstOf(stuck), stuck, mail, Optional.empty());
        rig.engine().dispatcher().entriesComeAgain();
        MessageId other = rig.accept(BOB);

        rig.awaitState(other, BOB, DELIVERED);
        release.countDown();
        rig.awaitState(stuck, "defer@simulator.invalid", DEFERRED);
        await().atMost(EngineRig.PATIENCE)
                .untilAsserted(() -> assertThat(rig.queue().getSize())
                        .as("what waits for its time")
                        .isOne());
    }

    @Test
    void aLostScheduledEntryShouldBeFoundOnceItIsLate() throws Exception {
        rig(Map.of("POSTRIDER_RETRY_SCHEDULE", "1h")).start();
        MessageId id = rig.accept("defer@simulator.invalid");
        rig.awaitState(id, "defer@simulator.invalid", DEFERRED);
        DeliveryRow row = rig.delivery(id, "defer@simulator.invalid").row();
        rig.engine()
                .entries()
                .removeWaiting(row.owner().orElseThrow(), row.nextAttemptAt().orElseThrow());

        assertThat(sweeperIn(Duration.ZERO).run().lost()).isZero();
        assertThat(sweeperIn(Duration.ofDays(1)).run().lost()).isOne();

        assertThat(rig.delivery(id, "defer@simulator.invalid").row().state()).isEqualTo(HELD);
    }

    @Test
    void anOrphanedMailShouldBeDiscarded() throws Exception {
        rig(Map.of());
        AcceptedMessage done = acceptedLongAgo();
        rig.store()
                .messageLog()
                .append(List.of(
                        new Change.Accepted(done),
                        new Change.Step(
                                done.id(),
                                TO_BOB,
                                CANCELLED,
                                0,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                "cancelled",
                                longAgo)));
        EntryId key = new EntryId("orphan");
        rig.store()
                .messageLog()
                .append(List.of(new Change.Held(
                        new HeldMail(key, done.id(), rig.serialised(done.id(), BOB), "a cause", longAgo),
                        List.of(TO_BOB))));
        assertThat(rig.store().heldMails().find(key)).isPresent();

        Sweeper.Report report = rig.engine().sweeper().run();

        assertThat(report.orphans()).isOne();
        assertThat(rig.store().heldMails().find(key)).isEmpty();
        assertThat(report.isAlarm()).isFalse();
    }
}
