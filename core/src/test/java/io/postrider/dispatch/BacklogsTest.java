package io.postrider.dispatch;

import static io.postrider.dispatch.DispatchFixture.ANNE;
import static io.postrider.dispatch.DispatchFixture.BOB;
import static io.postrider.dispatch.DispatchFixture.DELIVERED;
import static io.postrider.dispatch.DispatchFixture.FIRST_HOP;
import static io.postrider.dispatch.DispatchFixture.NOT_NOW;
import static io.postrider.dispatch.DispatchFixture.NO_WAY;
import static io.postrider.dispatch.DispatchFixture.SECOND_HOP;
import static io.postrider.dispatch.DispatchFixture.TTL;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine.Load;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.delivery.Lane;
import io.postrider.dispatch.DispatchFixture.Written;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.dispatch.MessageOperations.Retry;
import io.postrider.dispatch.simulation.SimulatedMail;
import io.postrider.mail.EmailAddress;
import io.postrider.trace.DeliveryState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BacklogsTest {
    private static final Lane LANE = new Lane(FIRST_HOP, "");
    private static final Lane OTHER = new Lane(SECOND_HOP, "");

    private final DispatchFixture fixture = new DispatchFixture();
    private final Backlogs backlogs = fixture.backlogs;

    private void noRoom(EmailAddress recipient, Lane lane) {
        fixture.engine.last().listener().noRoom(recipient, lane, "busy");
    }

    private void closed(EmailAddress recipient, Duration time) {
        Instant now = fixture.clock.instant();
        Deferred outcome = new Deferred(Optional.empty(), "nobody answers", Fault.ROUTE);
        Attempt instead = new Attempt(now, FIRST_HOP.toString(), "", "mx", "", outcome, Duration.ZERO, List.of());
        fixture.engine.last().listener().closed(recipient, LANE, now.plus(time), instead);
    }

    private Written rest(Duration closedFor) {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);
        closed(ANNE, closedFor);
        fixture.settle();
        return entry;
    }

    private Written rest() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);
        noRoom(ANNE, LANE);
        fixture.settle();
        return entry;
    }

    /** Takes one and hands it over. */
    private Backlogs.Taken begin() {
        Backlogs.Taken taken = backlogs.take().orElseThrow();
        BacklogStore.Resting entry = taken.entry();
        SimulatedMail mail = SimulatedMail.decode(entry.mail());
        EntryHead head = new EntryHead(entry.id(), entry.message(), entry.writtenAt(), false, 100, mail.recipients());
        assertThat(fixture.dispatcher.admit(head, mail, taken)).isInstanceOf(Admission.Work.class);
        Written written = new Written(entry.id(), mail, entry.writtenAt(), Optional.empty());
        fixture.handOver(written, mail.recipients());
        fixture.dispatcher.endOfPipeline(entry.id(), "forgotten");
        fixture.runTasks();
        return taken;
    }

    @Test
    void whatFindsNoRoomShouldLeaveTheWindowAndRestWithoutAnAttempt() {
        Written entry = rest();

        assertThat(fixture.acknowledged).containsExactly(entry.id());
        assertThat(fixture.dispatcher.inWork()).isZero();
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.DEFERRED);
        assertThat(fixture.row(entry, ANNE).attempts()).isZero();
        assertThat(fixture.row(entry, ANNE).nextAttemptAt())
                .contains(entry.mail().acceptedAt().plus(TTL));
        assertThat(backlogs.all())
                .containsExactly(new Backlogs.Status(new BacklogId(LANE, "retry"), 1, 0, Optional.empty(), ""));
        assertThat(fixture.queue.written).containsExactly(entry);
    }

    @Test
    void whatRestsShouldComeBackInItsOrderAndGo() {
        Written first = rest();
        Written second = rest();

        assertThat(begin().entry().message()).isEqualTo(first.mail().message());
        assertThat(backlogs.take()).isEmpty();
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        assertThat(begin().entry().message()).isEqualTo(second.mail().message());
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();

        assertThat(fixture.resting.all()).isEmpty();
        assertThat(backlogs.size()).isZero();
        assertThat(fixture.row(second, ANNE).state()).isEqualTo(DeliveryState.DELIVERED);
    }

    @Test
    void moreShouldBeTakenForEachThatWentWellAndFewerWhenTheyWaitForLong() {
        for (int i = 0; i < 8; i++) {
            rest();
        }
        begin();
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        begin();
        begin();
        assertThat(backlogs.take()).isEmpty();

        fixture.clock.advance(Duration.ofSeconds(3));
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        assertThat(backlogs.take()).isEmpty();
    }

    @Test
    void whatFindsNobodyAgainShouldStayWhereItIsWithoutAWriteOrARecord() {
        rest(Duration.ofSeconds(10));
        rest(Duration.ofSeconds(10));
        assertThat(backlogs.take()).isEmpty();
        fixture.clock.advance(Duration.ofSeconds(11));
        List<BacklogStore.Resting> before = fixture.resting.all();
        fixture.log.changes.clear();

        begin();
        closed(ANNE, Duration.ofSeconds(30));
        fixture.settle();

        assertThat(fixture.resting.all()).isEqualTo(before);
        assertThat(fixture.log.changes).isEmpty();
        assertThat(fixture.dispatcher.inWork()).isZero();
        assertThat(backlogs.take()).isEmpty();
        fixture.clock.advance(Duration.ofSeconds(31));
        assertThat(begin().entry()).isEqualTo(before.get(0));
    }

    @Test
    void aTryThatFailsShouldCostOneMailAnAttemptAndTheOthersNothing() {
        Written probe = rest(Duration.ofSeconds(10));
        Written other = rest(Duration.ofSeconds(10));
        fixture.clock.advance(Duration.ofSeconds(11));

        begin();
        fixture.answer(ANNE, NO_WAY);
        fixture.settle();

        assertThat(fixture.row(probe, ANNE).attempts()).isEqualTo(1);
        assertThat(fixture.row(other, ANNE).attempts()).isZero();
        assertThat(backlogs.take()).isEmpty();
        fixture.clock.advance(Duration.ofSeconds(5));
        assertThat(begin().entry().message()).isEqualTo(other.mail().message());
    }

    @Test
    void aClosedBacklogShouldOpenWhenSomebodyAnswersThere() {
        rest(Duration.ofMinutes(5));
        fixture.begin(fixture.accepted(BOB));
        fixture.answer(BOB, NOT_NOW);

        assertThat(backlogs.take()).isPresent();
    }

    @Test
    void whatIsOverShouldBeTakenFromAClosedBacklogAndGivenUp() {
        Written entry = rest(Duration.ofHours(2));
        fixture.clock.advance(TTL);

        begin();
        closed(ANNE, Duration.ofHours(1));
        fixture.settle();

        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.EXPIRED);
        assertThat(fixture.resting.all()).isEmpty();
    }

    @Test
    void whenWaysChangeEachThatRestsShouldComeIntoWorkOnce() {
        rest(Duration.ofHours(2));
        rest(Duration.ofHours(2));

        assertThat(backlogs.reroute()).isEqualTo(2);
        begin();
        closed(ANNE, Duration.ofHours(2));
        fixture.settle();
        begin();
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();

        assertThat(backlogs.take()).isEmpty();
        assertThat(fixture.resting.all()).hasSize(1);
    }

    @Test
    void aHopThatNobodyAnswersAtShouldBeLeftForTheNextOne() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry, FIRST_HOP, SECOND_HOP);
        closed(ANNE, Duration.ofMinutes(1));
        fixture.settle();

        assertThat(fixture.engine.last().consignment().hop()).isEqualTo(SECOND_HOP);
        assertThat(fixture.resting.all()).isEmpty();
    }

    @Test
    void recipientsOfOneLaneShouldRestInOneEntryAndThoseOfSeveralBePutOffTogether() {
        Written one = fixture.accepted(ANNE, BOB);
        fixture.begin(one);
        noRoom(ANNE, LANE);
        noRoom(BOB, LANE);
        fixture.settle();
        assertThat(fixture.resting.all()).hasSize(1);

        Written two = fixture.accepted(ANNE, BOB);
        fixture.begin(two);
        noRoom(ANNE, LANE);
        noRoom(BOB, OTHER);
        fixture.settle();
        assertThat(fixture.resting.all()).hasSize(1);
        assertThat(fixture.queue.last().due()).isPresent();
        assertThat(fixture.queue.last().mail().recipients()).containsExactlyInAnyOrder(ANNE, BOB);
    }

    @Test
    void beyondTheMostBacklogsMailShouldBePutOff() {
        for (String name : List.of("a", "b", "c", "d")) {
            fixture.begin(fixture.accepted(ANNE));
            noRoom(ANNE, new Lane(FIRST_HOP, name));
            fixture.settle();
        }

        assertThat(fixture.resting.all()).hasSize(3);
        assertThat(fixture.queue.last().due()).isPresent();
    }

    @Test
    void anEmptyBacklogShouldBeForgottenAfterAWhile() {
        rest();
        begin();
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();

        fixture.clock.advance(Duration.ofMinutes(2));
        assertThat(backlogs.take()).isEmpty();
        assertThat(fixture.resting.counts()).isEmpty();
    }

    @Test
    void whatCannotBeReadShouldHoldNoOtherUp() {
        rest();
        Written second = rest();

        backlogs.take().orElseThrow().setAside();

        assertThat(begin().entry().message()).isEqualTo(second.mail().message());
        assertThat(backlogs.unreadable()).isEqualTo(1);
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        assertThat(backlogs.take()).isEmpty();
        assertThat(backlogs.size()).isEqualTo(1);
    }

    @Test
    void aRestartShouldFindWhatRests() {
        Written entry = rest(Duration.ofHours(1));

        Backlogs restarted = new Backlogs(fixture.clock, fixture.resting, DispatchFixture.BACKLOGS);
        assertThat(restarted.size()).isEqualTo(1);
        assertThat(restarted.take().orElseThrow().entry().message())
                .isEqualTo(entry.mail().message());
    }

    @Test
    void aMailShouldWaitInTheWindowUnlessOthersRestOrItsLaneHasItsShareForLong() {
        Load few = new Load(3, 100, Duration.ofSeconds(9));
        assertThat(backlogs.mayWait(LANE, few)).isTrue();
        assertThat(backlogs.mayWait(LANE, new Load(4, 100, Duration.ofMillis(1900))))
                .isTrue();
        assertThat(backlogs.mayWait(LANE, new Load(4, 100, Duration.ofMillis(2100))))
                .isFalse();
        assertThat(backlogs.mayWait(LANE, new Load(1, 4000, Duration.ofMillis(2100))))
                .isFalse();
        rest();
        assertThat(backlogs.mayWait(LANE, few)).isFalse();
        assertThat(backlogs.mayWait(OTHER, few)).isTrue();
    }

    @Test
    void aRetryShouldBeUrgentAlsoWhereNobodyAnswers() {
        Written entry = rest(Duration.ofHours(1));

        assertThat(fixture.operations.retry(entry.mail().message())).isEqualTo(Retry.STARTED);
        assertThat(fixture.resting.all()).isEmpty();
        fixture.begin(fixture.queue.last());

        assertThat(fixture.engine.last().consignment().urgent()).isTrue();
        assertThat(fixture.engine.last().listener().mayWait(LANE, new Load(9, 9000, Duration.ofSeconds(9))))
                .isTrue();
        fixture.answer(ANNE, NO_WAY);
        fixture.settle();
        assertThat(fixture.row(entry, ANNE).attempts()).isEqualTo(1);
    }

    @Test
    void aCancelledMailShouldBeDroppedWhenItsTurnComes() {
        Written entry = rest();
        fixture.operations.cancel(entry.mail().message());

        Backlogs.Taken taken = backlogs.take().orElseThrow();
        SimulatedMail mail = SimulatedMail.decode(taken.entry().mail());
        EntryHead head = new EntryHead(
                taken.entry().id(), mail.message(), taken.entry().writtenAt(), false, 100, mail.recipients());
        assertThat(fixture.dispatcher.admit(head, mail, taken)).isInstanceOf(Admission.Done.class);
        assertThat(fixture.resting.all()).isEmpty();
    }
}
