package io.postrider.dispatch;

import static io.postrider.dispatch.DispatchFixture.ANNE;
import static io.postrider.dispatch.DispatchFixture.DELIVERED;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.dispatch.DispatchFixture.Written;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.dispatch.simulation.SimulatedMail;
import io.postrider.mail.MessageId;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.OpenDeliveries;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What may happen between the steps of a sweep; the rest is in the simulation. */
class SweeperTest {
    private final DispatchFixture fixture = new DispatchFixture();
    private final List<OpenDeliveries.Overdue> late = new ArrayList<>();
    private final Sweeper sweeper = new Sweeper(
            fixture.clock,
            fixture.dispatcher,
            fixture.operations,
            fixture.queue,
            entries -> Set.of(),
            fixture.log,
            fixture.log,
            new LateDeliveries(),
            new Sweeper.Limits(Duration.ofMinutes(1), Duration.ofHours(1), 100));

    private final class LateDeliveries implements OpenDeliveries {
        @Override
        public List<Overdue> overdue(Instant before, Optional<Overdue> after, int limit) {
            return List.copyOf(late);
        }

        @Override
        public List<Orphan> orphans(Instant before, int limit) {
            return List.of();
        }

        @Override
        public long heldWithoutMail() {
            return 0;
        }
    }

    /** An entry that no look finds. */
    private Written hidden() {
        Written entry = fixture.accepted(ANNE);
        late.add(new OpenDeliveries.Overdue(entry.mail().message(), fixture.row(entry, ANNE)));
        fixture.clock.advance(Duration.ofHours(1));
        return entry;
    }

    @Test
    void anEntryThatTurnsUpWhileItIsTakenForLostShouldNotComeIntoWork() {
        Written entry = hidden();
        List<Admission> admissions = new ArrayList<>();
        fixture.log.meanwhile = () -> admissions.add(fixture.admit(entry));

        assertThat(sweeper.run().lost()).isOne();

        assertThat(admissions).containsExactly(new Admission.Later());
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.HELD);
        assertThat(fixture.row(entry, ANNE).owner()).contains(entry.id());
    }

    @Test
    void anEntryThatTurnsUpAfterwardsShouldGoOnOnce() {
        Written entry = hidden();
        sweeper.run();

        fixture.begin(entry);
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();

        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.DELIVERED);
        assertThat(fixture.acknowledged).containsExactly(entry.id());
    }

    @Test
    void whatWasDecidedSinceTheQueueWasAskedShouldNotBeHeld() {
        Written entry = hidden();
        fixture.begin(entry);
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();

        assertThat(sweeper.run().lost()).isZero();
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.DELIVERED);
    }

    @Test
    void anEntryThatTheLogDoesNotKnowShouldBeAnAlarmUntilARunFindsNoFurther() {
        MessageId unknown = MessageId.at(fixture.clock.instant(), fixture.random);
        SimulatedMail mail = SimulatedMail.anonymous(unknown, fixture.clock.instant(), List.of(ANNE));
        EntryHead head =
                new EntryHead(new EntryId("second"), unknown, fixture.clock.instant(), false, 100, mail.recipients());
        assertThat(fixture.dispatcher.admit(head, mail, () -> {})).isEqualTo(new Admission.Work(List.of(ANNE)));

        assertThat(sweeper.isAlarm()).isTrue();
        assertThat(sweeper.run().adopted()).isOne();
        assertThat(sweeper.isAlarm()).isTrue();
        assertThat(sweeper.run().adopted()).isZero();
        assertThat(sweeper.isAlarm()).isFalse();
    }
}
