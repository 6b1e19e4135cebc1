package io.postrider.dispatch;

import static io.postrider.dispatch.DispatchFixture.ANNE;
import static io.postrider.dispatch.DispatchFixture.BOB;
import static io.postrider.dispatch.DispatchFixture.DELIVERED;
import static io.postrider.dispatch.DispatchFixture.FIRST_HOP;
import static io.postrider.dispatch.DispatchFixture.NOT_NOW;
import static io.postrider.dispatch.DispatchFixture.NO_WAY;
import static io.postrider.dispatch.DispatchFixture.POSTPONE;
import static io.postrider.dispatch.DispatchFixture.POSTPONE_DELAY;
import static io.postrider.dispatch.DispatchFixture.REFUSED;
import static io.postrider.dispatch.DispatchFixture.SECOND_HOP;
import static io.postrider.dispatch.DispatchFixture.TTL;
import static io.postrider.dispatch.DispatchFixture.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.delivery.RetrySchedule;
import io.postrider.delivery.RetrySchedules;
import io.postrider.dispatch.DispatchFixture.Written;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.dispatch.Dispatcher.HandOver;
import io.postrider.dispatch.simulation.SimulatedMail;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.MessageId;
import io.postrider.route.Hop;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DispatcherTest {
    private final DispatchFixture fixture = new DispatchFixture();
    private final Dispatcher dispatcher = fixture.dispatcher;

    /** As after a death that came before the acceptance was recorded, and behind the write of a deferral. */
    @Test
    void theFirstEntryShouldNotComeIntoWorkWhileALaterOneIsTakenIntoTheLog() {
        MessageId unknown = MessageId.at(fixture.clock.instant(), fixture.random);
        SimulatedMail mail = SimulatedMail.anonymous(unknown, fixture.clock.instant(), List.of(ANNE));
        EntryHead first = ofEarlierRun(EntryId.firstOf(unknown), mail);
        EntryHead later = ofEarlierRun(new EntryId("later"), mail);
        List<Admission> admissions = new ArrayList<>();
        // Within the second look: nothing is known of the message, and nothing is recorded yet.
        fixture.log.meanwhile =
                () -> fixture.log.meanwhile = () -> admissions.add(dispatcher.admit(first, mail, () -> {}));

        assertThat(dispatcher.admit(later, mail, () -> {})).isEqualTo(new Admission.Work(List.of(ANNE)));

        assertThat(admissions).containsExactly(new Admission.Later());
        assertThat(dispatcher.admit(first, mail, () -> {})).isEqualTo(new Admission.Done());
    }

    /** As of a report that was written again, since nothing was heard of the first write. */
    @Test
    void aSecondCopyOfAnEntryShouldNotComeIntoWorkWhileTheFirstOneIsAdmitted() {
        Written entry = fixture.accepted(ANNE);
        EntryHead head = ofEarlierRun(entry.id(), entry.mail());
        List<Admission> admissions = new ArrayList<>();
        fixture.log.meanwhile = () -> admissions.add(dispatcher.admit(head, entry.mail(), () -> {}));

        assertThat(dispatcher.admit(head, entry.mail(), () -> {})).isEqualTo(new Admission.Work(List.of(ANNE)));
        assertThat(admissions).containsExactly(new Admission.Later());
    }

    private EntryHead ofEarlierRun(EntryId id, SimulatedMail mail) {
        return new EntryHead(id, mail.message(), fixture.clock.instant(), false, 100, mail.recipients());
    }

    /** Of two that ask for the same at a time, the first to end does not end it for the other. */
    @Test
    void anEntryShouldStayOutOfWorkUntilTheLastOfThoseThatSuspendedItsMessageIsDone() {
        Written entry = fixture.accepted(ANNE);
        dispatcher.suspend(entry.mail().message());
        dispatcher.suspend(entry.mail().message());
        dispatcher.resume(entry.mail().message());
        assertThat(fixture.admit(entry)).isEqualTo(new Admission.Later());

        dispatcher.resume(entry.mail().message());
        assertThat(fixture.admit(entry)).isEqualTo(new Admission.Work(List.of(ANNE)));
    }

    @Test
    void anEntryShouldBeAcknowledgedOnlyWhenTheLastOutcomeIsOnDisk() {
        Written entry = fixture.accepted(ANNE, BOB);
        fixture.begin(entry);

        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        fixture.answer(BOB, REFUSED);
        fixture.runTasks();
        assertThat(fixture.acknowledged).isEmpty();

        fixture.settle();
        assertThat(fixture.acknowledged).containsExactly(entry.id());
        assertThat(dispatcher.inWork()).isZero();
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.DELIVERED);
        assertThat(fixture.row(entry, BOB).state()).isEqualTo(DeliveryState.BOUNCED);
    }

    @Test
    void anEntryShouldWaitUnacknowledgedWhileTheLogIsSilent() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);
        fixture.answer(ANNE, DELIVERED);
        fixture.log.silent = true;

        assertThatThrownBy(fixture::record).isInstanceOf(StoreUnavailableException.class);
        assertThat(fixture.acknowledged).isEmpty();
        fixture.log.silent = false;
        fixture.settle();
        assertThat(fixture.acknowledged).containsExactly(entry.id());
    }

    @Test
    void aDeferralShouldMoveToANewEntryThatIsRecordedBeforeTheOldOneIsAcknowledged() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);
        fixture.answer(ANNE, NOT_NOW);
        fixture.runTasks();

        Written next = fixture.queue.last();
        assertThat(next.id()).isNotEqualTo(entry.id());
        assertThat(next.due()).contains(fixture.clock.instant().plusSeconds(60));
        assertThat(fixture.acknowledged).isEmpty();
        assertThat(fixture.admit(next)).as("not recorded yet").isInstanceOf(Admission.Later.class);

        fixture.settle();
        assertThat(fixture.acknowledged).containsExactly(entry.id());
        assertThat(fixture.row(entry, ANNE).owner()).contains(next.id());
        assertThat(fixture.admit(next)).isEqualTo(new Admission.Work(List.of(ANNE)));
    }

    @Test
    void deferralsOfOneMessageShouldShareAnEntry() {
        Written entry = fixture.accepted(ANNE, BOB);
        fixture.begin(entry);
        fixture.answer(ANNE, NOT_NOW);
        fixture.runTasks();
        fixture.answer(BOB, NOT_NOW);
        fixture.settle();

        assertThat(fixture.queue.written).hasSize(2);
        assertThat(fixture.queue.last().mail().recipients()).containsExactlyInAnyOrder(ANNE, BOB);
    }

    @Test
    void aDeferralShouldNotWaitLongForOthers() {
        Written entry = fixture.accepted(ANNE, BOB);
        fixture.begin(entry);
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();
        assertThat(fixture.queue.written).hasSize(1);

        fixture.clock.advance(Duration.ofSeconds(3));
        dispatcher.tick();
        assertThat(fixture.queue.last().mail().recipients()).containsExactly(ANNE);
    }

    @Test
    void aDeferralShouldStayWhateverKeepsItFromBeingWritten() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);
        fixture.queue.failure = Optional.of(new IllegalStateException("a bug"));
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();
        assertThat(fixture.queue.written).hasSize(1);

        fixture.queue.failure = Optional.empty();
        dispatcher.tick();
        fixture.settle();
        assertThat(fixture.queue.written).hasSize(2);
        assertThat(fixture.acknowledged).containsExactly(entry.id());
    }

    @Test
    void anEntryOfAnotherRunShouldBeLookedUpWhateverItsTimeSays() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry, FIRST_HOP);
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();

        EntryHead head = entry.head();
        EntryHead later = new EntryHead(
                head.id(),
                head.message(),
                fixture.clock.instant().plusSeconds(3600),
                false,
                head.size(),
                head.recipients());
        assertThat(dispatcher.admit(later, entry.mail(), () -> {})).isEqualTo(new Dispatcher.Admission.Done());
    }

    @Test
    void aFaultOfTheRouteShouldGoOnByTheNextHopAtOnce() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry, FIRST_HOP, SECOND_HOP);

        fixture.answer(ANNE, NO_WAY);
        fixture.settle();
        assertThat(fixture.engine.last().consignment().hop()).isEqualTo(SECOND_HOP);
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        assertThat(fixture.row(entry, ANNE).attempts()).isEqualTo(2);
        assertThat(fixture.queue.written).hasSize(1);
    }

    @Test
    void anUnknownOutcomeShouldNeverGoOnByAnotherHop() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry, FIRST_HOP, SECOND_HOP);
        fixture.answer(ANNE, UNKNOWN);
        fixture.settle();
        assertThat(fixture.engine.given).hasSize(1);

        fixture.begin(fixture.queue.last(), SECOND_HOP, FIRST_HOP);
        assertThat(fixture.engine.last().consignment().hop()).isEqualTo(FIRST_HOP);
    }

    @Test
    void anUnknownOutcomeShouldStayWithItsHopWhenTheRouteNamesItNoMore() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry, FIRST_HOP);
        fixture.answer(ANNE, UNKNOWN);
        fixture.settle();

        fixture.begin(fixture.queue.last(), SECOND_HOP);
        assertThat(fixture.engine.last().consignment().hop()).isEqualTo(FIRST_HOP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "direct:bulk"})
    void anUnknownOutcomeOfADirectHopShouldStayWithItsPool(String direct) {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry, Hop.parse(direct), FIRST_HOP);
        fixture.answer(ANNE, UNKNOWN);
        fixture.settle();
        assertThat(fixture.row(entry, ANNE).pinnedTo()).contains(direct);

        fixture.begin(fixture.queue.last(), FIRST_HOP, new Hop.Direct("other"));
        assertThat(fixture.engine.last().consignment().hop()).isEqualTo(Hop.parse(direct));
    }

    @Test
    void aPostponedDeliveryShouldCountNoAttempt() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);
        fixture.engine.last().listener().postponed(ANNE, "busy");
        fixture.settle();

        assertThat(fixture.row(entry, ANNE).attempts()).isZero();
        assertThat(fixture.queue.last().due()).contains(fixture.clock.instant().plus(POSTPONE));
    }

    @Test
    void aDeliveryShouldBePostponedForTwiceAsLongEachTimeUpToALimit() {
        Written entry = fixture.accepted(ANNE);
        List<Duration> delays = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            entry = postponeOnce(entry);
            delays.add(Duration.between(fixture.clock.instant(), entry.due().orElseThrow()));
        }

        assertThat(delays.stream().map(Duration::toSeconds)).containsExactly(10L, 20L, 40L, 80L, 160L, 300L, 300L);
    }

    private Written postponeOnce(Written entry) {
        fixture.begin(entry);
        fixture.engine.last().listener().postponed(ANNE, "busy");
        fixture.settle();
        return fixture.queue.last();
    }

    @Test
    void anAttemptShouldEndTheGrowthOfTheDelay() {
        Written entry = postponeOnce(postponeOnce(fixture.accepted(ANNE)));
        fixture.begin(entry);
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();

        assertThat(postponeOnce(fixture.queue.last()).due())
                .contains(fixture.clock.instant().plus(POSTPONE));
    }

    @Test
    void aRetryThatAnAdminAsksForShouldEndTheGrowthOfTheDelay() {
        Written entry = postponeOnce(postponeOnce(fixture.accepted(ANNE)));
        fixture.operations.retry(entry.mail().message());

        assertThat(postponeOnce(fixture.queue.last()).due())
                .contains(fixture.clock.instant().plus(POSTPONE));
    }

    @Test
    void whatIsToBeEncodedShouldComeBackSoonHoweverOftenItWasPostponed() {
        Written entry = postponeOnce(postponeOnce(fixture.accepted(ANNE)));
        fixture.begin(entry);
        fixture.engine.last().listener().toBeEncoded(ANNE, "no 8BITMIME");
        fixture.settle();

        assertThat(fixture.queue.last().due()).contains(fixture.clock.instant().plus(POSTPONE));
    }

    @Test
    void aDeliveryThatIsPostponedAllItsLifeShouldExpireAtTheEndOfItsTime() {
        Written first = fixture.accepted(ANNE);
        Instant end = first.mail().acceptedAt().plus(TTL);
        Written entry = first;
        int postponed = 0;
        while (!fixture.row(first, ANNE).state().isFinal()) {
            fixture.clock.advance(
                    Duration.between(fixture.clock.instant(), entry.due().orElse(fixture.clock.instant())));
            entry = postponeOnce(entry);
            postponed++;
        }

        assertThat(fixture.row(first, ANNE).state()).isEqualTo(DeliveryState.EXPIRED);
        assertThat(fixture.row(first, ANNE).attempts()).isZero();
        assertThat(fixture.clock.instant()).isEqualTo(end);
        assertThat(postponed).as("writes of the mail in an hour").isLessThan(20);
        assertThat(fixture.acknowledged).contains(entry.id());
    }

    @Test
    void aDeferredDeliveryShouldExpireAtTheEndOfItsTime() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);
        fixture.clock.advance(TTL);
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();

        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.EXPIRED);
    }

    @Test
    void whatThePipelineForgetsShouldBeHeldBeforeTheEntryIsAcknowledged() {
        Written entry = fixture.accepted(ANNE, BOB);
        fixture.admit(entry);
        fixture.handOver(entry, List.of(ANNE));
        dispatcher.endOfPipeline(entry.id(), "forgotten");
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();

        assertThat(fixture.row(entry, BOB).state()).isEqualTo(DeliveryState.HELD);
        assertThat(fixture.log.disk.held()).hasSize(1);
        assertThat(fixture.acknowledged).containsExactly(entry.id());
    }

    @Test
    void aRecipientShouldBeHandedOverOnceOnly() {
        Written entry = fixture.accepted(ANNE);
        fixture.admit(entry);
        fixture.handOver(entry, List.of(ANNE));
        fixture.handOver(entry, List.of(ANNE, BOB));

        assertThat(fixture.engine.given).hasSize(1);
    }

    @Test
    void handOverShouldNameAHop() {
        assertThatThrownBy(() -> new HandOver(List.of(), List.of(), EnvelopeRequest.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("via: [] (expected: one or more hops)");
    }

    @Test
    void bounceShouldEndWhatIsInThePipelineOnly() {
        Written entry = fixture.accepted(ANNE, BOB);
        fixture.admit(entry);
        fixture.handOver(entry, List.of(ANNE));
        dispatcher.bounce(
                entry.id(), entry.mail().message(), List.of(ANNE, BOB), EnhancedStatusCode.parse("5.7.1"), "no");
        fixture.settle();

        assertThat(fixture.row(entry, BOB).state()).isEqualTo(DeliveryState.BOUNCED);
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.QUEUED);
    }

    @Test
    void requeueShouldLeaveRecipientsInThePipelineWhenTheQueueIsSilent() {
        Written entry = fixture.accepted(ANNE);
        fixture.admit(entry);
        fixture.queue.failure = Optional.of(new IllegalStateException("a bug"));
        assertThatThrownBy(() -> dispatcher.requeue(entry.id(), List.of(ANNE), entry.mail(), Optional.empty()))
                .isInstanceOf(IllegalStateException.class);

        fixture.handOver(entry, List.of(ANNE));
        assertThat(fixture.engine.given).hasSize(1);
    }

    @Test
    void aRequeuedRecipientShouldBelongToTheNewEntry() {
        Written entry = fixture.accepted(ANNE, BOB);
        fixture.admit(entry);
        dispatcher.requeue(entry.id(), List.of(BOB), entry.mail(), Optional.empty());
        fixture.settle();

        assertThat(fixture.admit(fixture.queue.last())).isEqualTo(new Admission.Work(List.of(BOB)));
        assertThatThrownBy(() -> dispatcher.requeue(entry.id(), List.of(BOB), entry.mail(), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSecondCopyOfAnEntryShouldWaitUntilTheFirstIsDoneAndBeDroppedThen() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry, FIRST_HOP);

        assertThat(fixture.admit(entry)).isInstanceOf(Admission.Later.class);
        assertThat(dispatcher.inWork()).isEqualTo(1);
        dispatcher.entriesComeAgain();
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        assertThat(fixture.admit(entry)).isInstanceOf(Admission.Done.class);
    }

    @Test
    void anAttemptThatNothingIsHeardOfShouldEndAfterTheWorkTimeAsOneOfUnknownOutcome() {
        Written entry = fixture.accepted(ANNE, BOB);
        fixture.begin(entry, FIRST_HOP);
        fixture.answer(BOB, DELIVERED);
        fixture.clock.advance(Duration.ofMinutes(3));

        assertThat(dispatcher.endStuck(Duration.ofMinutes(2))).isEqualTo(1);
        fixture.settle();

        assertThat(fixture.log.disk.row(entry.mail().message(), ANNE)).hasValueSatisfying(row -> {
            assertThat(row.state()).isEqualTo(DeliveryState.DEFERRED);
            assertThat(row.pinnedTo()).contains(FIRST_HOP.toString());
        });
        assertThat(fixture.log.disk.row(entry.mail().message(), BOB))
                .map(DeliveryRow::state)
                .contains(DeliveryState.DELIVERED);
        assertThat(dispatcher.inWork()).isZero();
    }

    @Test
    void aMailThatNeverComesOutOfThePipelineShouldBePutOffAfterTheWorkTime() {
        Written entry = fixture.accepted(ANNE);
        fixture.admit(entry);
        fixture.clock.advance(Duration.ofMinutes(1));
        assertThat(dispatcher.endStuck(Duration.ofMinutes(2))).isZero();
        fixture.clock.advance(Duration.ofMinutes(2));

        assertThat(dispatcher.endStuck(Duration.ofMinutes(2))).isEqualTo(1);
        fixture.settle();

        assertThat(fixture.log.disk.row(entry.mail().message(), ANNE)).hasValueSatisfying(row -> {
            assertThat(row.state()).isEqualTo(DeliveryState.DEFERRED);
            assertThat(row.pinnedTo()).isEmpty();
        });
        assertThat(dispatcher.inWork()).isZero();
    }

    @Test
    void afterAStartARecordedOutcomeShouldCount() {
        Written entry = fixture.accepted(ANNE, BOB);
        fixture.begin(entry);
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();

        Dispatcher restarted = restarted();
        assertThat(restarted.admit(entry.head(), entry.mail(), () -> {})).isEqualTo(new Admission.Work(List.of(BOB)));
    }

    @Test
    void afterAStartAMessageShouldBeRecordedThatWasNot() {
        Written entry = fixture.accepted(ANNE);
        Dispatcher restarted = restarted();
        fixture.log.changes.clear();

        restarted.admit(entry.head(), entry.mail(), () -> {});
        fixture.record();
        assertThat(fixture.log.changes).hasSize(1).first().isInstanceOf(Change.Accepted.class);
    }

    /** Seed 33011 of the third simulation: delivered, and unknown to the trace after a crash. */
    @Test
    void anAcceptanceShouldNotBeRecordedLaterThanTheOutcome() {
        Written entry = fixture.accepted(ANNE);
        fixture.log.changes.clear();
        fixture.recorder.announce(entry.mail().message());

        fixture.begin(entry);
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        assertThat(fixture.log.changes).hasSize(2).first().isInstanceOf(Change.Accepted.class);
    }

    private Dispatcher restarted() {
        return new Dispatcher(
                fixture.clock,
                fixture.random,
                fixture.tasks::add,
                fixture.queue,
                fixture.log,
                fixture.recorder,
                fixture.engine,
                new RetrySchedules(new RetrySchedule("retry", List.of(Duration.ofSeconds(1)), 0, TTL), Map.of()),
                fixture.reports(),
                fixture.backlogs,
                new Dispatcher.Limits(10, 10_000, POSTPONE_DELAY));
    }

    @Test
    void theWindowShouldBeBoundedInEntriesAndBytes() throws InterruptedException {
        DispatchFixture two = new DispatchFixture(new Dispatcher.Limits(2, 10_000, POSTPONE_DELAY));
        two.admit(two.accepted(ANNE));
        assertThat(two.dispatcher.awaitRoom(Duration.ZERO)).isTrue();
        two.admit(two.accepted(ANNE));
        assertThat(two.dispatcher.awaitRoom(Duration.ZERO)).isFalse();

        DispatchFixture small = new DispatchFixture(new Dispatcher.Limits(10, 100, POSTPONE_DELAY));
        small.admit(small.accepted(ANNE));
        assertThat(small.dispatcher.awaitRoom(Duration.ZERO)).isFalse();
    }

    @Test
    void roomShouldBeFreeAgainEvenIfTheAcknowledgementFails() {
        Written entry = fixture.accepted(ANNE);
        dispatcher.admit(entry.head(), entry.mail(), () -> {
            throw new IllegalStateException("the queue is closed");
        });
        fixture.handOver(entry, List.of(ANNE));
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();

        assertThat(dispatcher.inWork()).isZero();
    }
}
