package io.postrider.dispatch;

import static io.postrider.dispatch.DispatchFixture.ANNE;
import static io.postrider.dispatch.DispatchFixture.BOB;
import static io.postrider.dispatch.DispatchFixture.DELIVERED;
import static io.postrider.dispatch.DispatchFixture.NOT_NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.postrider.dispatch.DispatchFixture.Written;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.dispatch.MessageOperations.Cancellation;
import io.postrider.dispatch.MessageOperations.Retry;
import io.postrider.dispatch.simulation.SimulatedMail;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OperationsTest {
    private final DispatchFixture fixture = new DispatchFixture();
    private final Operations operations = fixture.operations;

    private Map<EmailAddress, Cancellation> cancel(Written entry) {
        return operations.cancel(entry.mail().message()).orElseThrow();
    }

    private Retry retry(Written entry) {
        return operations.retry(entry.mail().message());
    }

    /** Begins an entry, which the peer puts off; answers the entry that it comes back with. */
    private Written putOff(Written entry) {
        fixture.begin(entry);
        entry.mail().recipients().forEach(recipient -> fixture.answer(recipient, NOT_NOW));
        fixture.settle();
        return fixture.queue.last();
    }

    private Written held(Written entry) {
        fixture.admit(entry);
        fixture.dispatcher.endOfPipeline(entry.id(), "forgotten");
        fixture.settle();
        return entry;
    }

    @Test
    void operationsShouldNotKnowAnUnknownMessage() {
        MessageId unknown = MessageId.at(Instant.EPOCH, fixture.random);

        assertThat(operations.cancel(unknown)).isEmpty();
        assertThat(operations.retry(unknown)).isEqualTo(Retry.UNKNOWN_MESSAGE);
        assertThat(operations.content(unknown)).isEmpty();
    }

    @Test
    void cancelShouldBeHonouredByAnEntryThatWasWrittenBefore() {
        Written entry = fixture.accepted(ANNE);

        assertThat(cancel(entry)).containsExactly(entry(ANNE, Cancellation.CANCELLED));
        assertThat(fixture.admit(entry)).isInstanceOf(Admission.Done.class);
    }

    @Test
    void cancelShouldTakeWhatIsInThePipelineAndLeaveWhatIsUnderWay() {
        Written entry = fixture.accepted(ANNE, BOB);
        fixture.admit(entry);
        fixture.handOver(entry, List.of(ANNE));

        assertThat(cancel(entry)).containsOnly(entry(ANNE, Cancellation.TOO_LATE), entry(BOB, Cancellation.CANCELLED));
        fixture.handOver(entry, List.of(BOB));
        assertThat(fixture.engine.given).hasSize(1);
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        assertThat(fixture.acknowledged).containsExactly(entry.id());
        assertThat(fixture.row(entry, BOB).state()).isEqualTo(DeliveryState.CANCELLED);
    }

    @Test
    void cancelShouldTakeWhatIsInWorkBeforeItsAcceptanceIsRecorded() {
        MessageId message = MessageId.at(fixture.clock.instant(), fixture.random);
        Written fresh = new Written(
                EntryId.firstOf(message),
                SimulatedMail.anonymous(message, fixture.clock.instant(), List.of(ANNE)),
                fixture.clock.instant(),
                Optional.empty());
        fixture.admit(fresh);

        assertThat(cancel(fresh)).containsExactly(entry(ANNE, Cancellation.CANCELLED));
        assertThat(fixture.acknowledged).containsExactly(fresh.id());
        // The process may die before the acceptance is recorded (seed 7395 of the second simulation).
        assertThat(fixture.log.disk.knows(message)).isTrue();
    }

    /** Seed 241 of the first simulation: the answer was {@code CANCELLED} for what was delivered. */
    @Test
    void cancelShouldSayTooLateWhenTheOutcomeIsRecordedMeanwhile() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);
        fixture.log.meanwhile = () -> {
            fixture.answer(ANNE, DELIVERED);
            fixture.settle();
        };

        assertThat(cancel(entry)).containsExactly(entry(ANNE, Cancellation.TOO_LATE));
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.DELIVERED);
    }

    @Test
    void cancelShouldKeepTheAttemptOfADeferralThatItTakesBack() {
        Written entry = fixture.accepted(ANNE, BOB);
        fixture.begin(entry);
        fixture.answer(ANNE, NOT_NOW);

        assertThat(cancel(entry)).contains(entry(ANNE, Cancellation.CANCELLED));
        fixture.settle();
        assertThat(fixture.log.changes)
                .anySatisfy(change -> assertThat(change)
                        .isInstanceOfSatisfying(
                                Change.Step.class,
                                step -> assertThat(step.attempt()).isPresent()));
        assertThat(fixture.queue.written).hasSize(1);
    }

    @Test
    void whatCouldNotBeCancelledShouldGoOn() {
        Written entry = fixture.accepted(ANNE);
        fixture.admit(entry);
        fixture.log.silent = true;
        assertThatThrownBy(() -> cancel(entry)).isInstanceOf(StoreUnavailableException.class);

        fixture.log.silent = false;
        fixture.dispatcher.endOfPipeline(entry.id(), "forgotten");
        fixture.settle();
        assertThat(fixture.row(entry, ANNE).owner())
                .contains(fixture.queue.last().id());
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.DEFERRED);
    }

    /** Seed 14 of the first simulation: the record was there, the mail was left behind. */
    @Test
    void cancelShouldNotLeaveAHeldMailBehindWhenTheStoreFailsInBetween() {
        Written entry = held(fixture.accepted(ANNE));
        fixture.log.silentAfterwards = true;
        fixture.log.meanwhile = () -> {};
        assertThatThrownBy(() -> cancel(entry)).isInstanceOf(StoreUnavailableException.class);
        fixture.log.silentAfterwards = false;

        boolean cancelled = fixture.row(entry, ANNE).state() == DeliveryState.CANCELLED;
        assertThat(fixture.log.disk.held().isEmpty()).isEqualTo(cancelled);
        assertThat(cancel(entry)).hasSize(1);
        assertThat(fixture.log.disk.held()).isEmpty();
    }

    @Test
    void retryShouldBringADeferredDeliveryForward() {
        Written entry = fixture.accepted(ANNE);
        Written waiting = putOff(entry);

        assertThat(retry(entry)).isEqualTo(Retry.STARTED);
        Written now = fixture.queue.last();
        assertThat(now.due()).isEmpty();
        assertThat(fixture.queue.removed).containsExactly(waiting.id());
        assertThat(fixture.admit(waiting)).isInstanceOf(Admission.Done.class);
        assertThat(fixture.admit(now)).isEqualTo(new Admission.Work(List.of(ANNE)));
    }

    /** Seeds 656 and 1289 of the first simulation: the recipient got it twice. */
    @Test
    void retryShouldNotRaceWithTheEntryWhoseTimeHasCome() {
        Written entry = fixture.accepted(ANNE);
        Written waiting = putOff(entry);
        fixture.queue.meanwhile = () -> assertThat(fixture.admit(waiting)).isInstanceOf(Admission.Later.class);

        assertThat(retry(entry)).isEqualTo(Retry.STARTED);
        assertThat(fixture.admit(waiting)).isInstanceOf(Admission.Done.class);
    }

    @Test
    void retryShouldLeaveAloneWhatIsInWork() {
        Written entry = fixture.accepted(ANNE);
        Written waiting = putOff(entry);
        fixture.begin(waiting);

        // The broker died while it moved the entry to the queue: a copy still waits.
        assertThat(retry(entry)).isEqualTo(Retry.NOTHING_TO_RETRY);
    }

    /** Seed 1074 of the first simulation: the mail was lost, as the record of its deferral was repeated after that of the retry. */
    @Test
    void retryShouldLeaveAloneWhatMayBeRecordedAgain() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);
        fixture.answer(ANNE, NOT_NOW);
        fixture.runTasks();
        fixture.log.silentAfterwards = true;
        assertThatThrownBy(fixture::record).isInstanceOf(StoreUnavailableException.class);
        fixture.log.silentAfterwards = false;

        assertThat(retry(entry)).isEqualTo(Retry.NOTHING_TO_RETRY);
        fixture.settle();
        assertThat(fixture.row(entry, ANNE).owner())
                .contains(fixture.queue.last().id());
        assertThat(retry(entry)).isEqualTo(Retry.STARTED);
    }

    @Test
    void retryShouldReleaseWhatIsHeld() {
        Written entry = held(fixture.accepted(ANNE));

        assertThat(retry(entry)).isEqualTo(Retry.STARTED);
        assertThat(fixture.log.disk.held()).isEmpty();
        assertThat(fixture.admit(fixture.queue.last())).isEqualTo(new Admission.Work(List.of(ANNE)));
    }

    @Test
    void retryShouldFindNothingWhenAllIsFinal() {
        Written entry = fixture.accepted(ANNE);
        fixture.begin(entry);
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();

        assertThat(retry(entry)).isEqualTo(Retry.NOTHING_TO_RETRY);
        assertThat(operations.content(entry.mail().message())).isEmpty();
    }

    @Test
    void contentShouldBeFoundWhereverTheMailIs() {
        Written entry = fixture.accepted(ANNE);
        MessageId message = entry.mail().message();
        assertThat(operations.content(message)).as("in the queue").isPresent();

        fixture.begin(entry);
        assertThat(operations.content(message)).as("in work").isPresent();

        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();
        assertThat(operations.content(message)).as("waiting").isPresent();

        held(fixture.queue.last());
        assertThat(operations.content(message)).as("held").isPresent();
    }
}
