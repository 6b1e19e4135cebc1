package io.postrider.testkit.contract;

import static io.postrider.testkit.Fixtures.ALICE;
import static io.postrider.testkit.Fixtures.BOB;
import static io.postrider.testkit.Fixtures.CAROL;
import static io.postrider.testkit.Fixtures.DAVE;
import static io.postrider.testkit.Fixtures.NOW;
import static io.postrider.testkit.Fixtures.accepted;
import static io.postrider.testkit.Fixtures.attempt;
import static io.postrider.testkit.Fixtures.bounced;
import static io.postrider.testkit.Fixtures.bouncedAttempt;
import static io.postrider.testkit.Fixtures.deferred;
import static io.postrider.testkit.Fixtures.deferredAttempt;
import static io.postrider.testkit.Fixtures.delivered;
import static io.postrider.testkit.Fixtures.deliveredAttempt;
import static io.postrider.testkit.Fixtures.ended;
import static io.postrider.testkit.Fixtures.message;
import static io.postrider.testkit.Fixtures.messageFrom;
import static io.postrider.testkit.Fixtures.newId;
import static io.postrider.testkit.Fixtures.queuedAgain;
import static io.postrider.testkit.Fixtures.unreachableAttempt;
import static java.util.Comparator.reverseOrder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.EventType;
import io.postrider.trace.MessageLog;
import io.postrider.trace.MessageQuery;
import io.postrider.trace.MessageSummary;
import io.postrider.trace.MessageTrace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What callers of {@link io.postrider.trace.MessageLog} rely on. Each test gets an empty store. */
public interface MessageLogContract {
    EntryId SECOND = new EntryId("second-entry");
    EntryId THIRD = new EntryId("third-entry");

    MessageLog messageLog();

    /** The same store, closed and opened again. */
    MessageLog reopenedMessageLog();

    // Acceptance

    @Test
    default void acceptedShouldMakeTheMessageItsDeliveriesAndTheirFirstEvents() {
        MessageId id = newId();
        AcceptedMessage message = message(id, CAROL, BOB);
        append(new Change.Accepted(message));

        MessageTrace trace = trace(id);
        assertThat(trace.message())
                .isEqualTo(new MessageSummary(
                        id,
                        "open",
                        message.tenant(),
                        message.stream(),
                        message.sender(),
                        message.subject(),
                        message.size(),
                        message.acceptedAt(),
                        2));
        assertThat(trace.submitter()).isEqualTo(message.submitter());
        assertThat(trace.deliveries())
                .extracting(MessageTrace.DeliveryTrace::row)
                .containsExactlyInAnyOrder(firstRow(id, BOB), firstRow(id, CAROL));
        assertThat(trace.deliveries()).allSatisfy(delivery -> {
            assertThat(delivery.attempts()).isEmpty();
            assertThat(delivery.explanation()).isNotBlank();
        });
        assertThat(trace.events())
                .extracting(MessageTrace.Event::type, MessageTrace.Event::at, MessageTrace.Event::recipient)
                .containsExactly(
                        tuple(EventType.ACCEPTED, message.acceptedAt(), Optional.empty()),
                        tuple(EventType.QUEUED, message.acceptedAt(), Optional.of(CAROL)),
                        tuple(EventType.QUEUED, message.acceptedAt(), Optional.of(BOB)));
    }

    @Test
    default void acceptedShouldKeepANullReversePath() {
        MessageId id = newId();
        append(new Change.Accepted(new AcceptedMessage(
                id, "default", "transactional", "network:127.0.0.0/8", Optional.empty(), "", 0, NOW, List.of(BOB))));

        assertThat(trace(id).message().sender()).isEmpty();
    }

    @Test
    default void acceptedShouldHaveTheEffectOfOnceWhenRecordedTwice() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL));
        MessageTrace once = trace(id);
        append(accepted(id, BOB, CAROL));
        append(accepted(id, BOB, CAROL), accepted(id, BOB, CAROL));

        assertThat(trace(id)).isEqualTo(once);
    }

    @Test
    default void acceptedShouldKeepTheProgressThatWasMadeSince() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL), deferred(id, BOB, 1, SECOND), delivered(id, CAROL, 1));
        MessageTrace before = trace(id);
        append(accepted(id, BOB, CAROL));

        assertThat(trace(id)).isEqualTo(before);
    }

    @Test
    default void acceptedShouldTellRecipientsApartThatDifferInCase() {
        MessageId id = newId();
        EmailAddress upper = EmailAddress.parse("BOB@example.com");
        append(accepted(id, BOB, upper), delivered(id, upper, 1));

        assertThat(row(id, BOB).state()).isEqualTo(DeliveryState.QUEUED);
        assertThat(row(id, upper).state()).isEqualTo(DeliveryState.DELIVERED);
        assertThat(trace(id).message().recipients()).isEqualTo(2);
    }

    // Out of order

    @Test
    default void acceptedShouldKeepTheOutcomeThatWasFaster() {
        MessageId id = newId();
        append(delivered(id, BOB, 1));
        assertThat(messageLog().find(id)).isEmpty();
        assertThat(row(id, BOB).state()).isEqualTo(DeliveryState.DELIVERED);

        append(accepted(id, BOB));

        MessageTrace trace = trace(id);
        assertThat(trace.message().state()).isEqualTo("delivered");
        assertThat(trace.message().recipients()).isEqualTo(1);
        assertThat(trace.deliveries()).singleElement().satisfies(delivery -> {
            assertThat(delivery.row().state()).isEqualTo(DeliveryState.DELIVERED);
            assertThat(delivery.row().owner()).isEmpty();
            assertThat(delivery.attempts()).containsExactly(deliveredAttempt(NOW));
        });
        assertThat(typesOf(id)).containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.DELIVERED);
    }

    @Test
    default void acceptedShouldKeepTheOutcomeThatStandsBeforeItInTheSameBatch() {
        MessageId id = newId();
        append(delivered(id, BOB, 1), bounced(id, CAROL, 1), accepted(id, BOB, CAROL));

        assertThat(trace(id).message().state()).isEqualTo("mixed");
        assertThat(typesOf(id))
                .containsExactly(
                        EventType.ACCEPTED, EventType.QUEUED, EventType.QUEUED, EventType.DELIVERED, EventType.BOUNCED);
    }

    @Test
    default void recipientsShouldBeQueuedInTheOrderOfRcptThoughAnOutcomeWasFaster() {
        MessageId id = newId();
        append(delivered(id, BOB, 1));
        append(accepted(id, DAVE, CAROL, BOB));

        assertThat(trace(id).events())
                .filteredOn(event -> event.type() == EventType.QUEUED)
                .extracting(MessageTrace.Event::recipient)
                .containsExactly(Optional.of(DAVE), Optional.of(CAROL), Optional.of(BOB));
    }

    @Test
    default void acceptedShouldKeepTheOwnerThatADeferralBeforeItSet() {
        MessageId id = newId();
        append(deferred(id, BOB, 1, SECOND));
        append(accepted(id, BOB, CAROL));

        assertThat(row(id, BOB).owner()).contains(SECOND);
        assertThat(row(id, CAROL).owner()).contains(EntryId.firstOf(id));
        assertThat(trace(id).message().state()).isEqualTo("open");
    }

    @Test
    default void eventsShouldNeverStandBeforeTheAcceptanceThoughAClockWasSetBack() {
        MessageId id = newId();
        Change.Step early = new Change.Step(
                id,
                BOB,
                DeliveryState.DELIVERED,
                1,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "250 OK",
                id.time().minusSeconds(5));
        append(early);
        append(accepted(id, BOB));

        assertThat(typesOf(id)).containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.DELIVERED);
    }

    // Steps

    @Test
    default void aDeferralShouldRecordTheAttemptTheNextTryAndTheNewOwner() {
        MessageId id = newId();
        append(accepted(id, BOB));
        append(deferred(id, BOB, 1, SECOND));

        MessageTrace trace = trace(id);
        assertThat(trace.deliveries()).singleElement().satisfies(delivery -> {
            assertThat(delivery.row())
                    .isEqualTo(new DeliveryRow(
                            BOB, DeliveryState.DEFERRED, 1, Optional.of(SECOND), Optional.of(NOW.plusSeconds(60))));
            assertThat(delivery.explanation()).isEqualTo("451 4.7.1 Greylisted, try again");
            assertThat(delivery.attempts()).containsExactly(deferredAttempt(NOW));
        });
        assertThat(trace.message().state()).isEqualTo("open");
        assertThat(trace.events().get(2))
                .isEqualTo(new MessageTrace.Event(
                        EventType.DEFERRED, NOW, Optional.of(BOB), "451 4.7.1 Greylisted, try again"));
    }

    @Test
    default void anUnknownOutcomeShouldPinTheDeliveryToItsHopUntilItIsFinal() {
        MessageId id = newId();
        Attempt unknown = attempt(
                NOW,
                new DeliveryOutcome.Deferred(
                        Optional.empty(), "the outcome is unknown", DeliveryOutcome.Fault.UNKNOWN_OUTCOME));
        append(
                accepted(id, BOB),
                new Change.Step(
                        id,
                        BOB,
                        DeliveryState.DEFERRED,
                        1,
                        Optional.of(unknown),
                        Optional.of(NOW),
                        Optional.of(SECOND),
                        "the outcome is unknown",
                        NOW));
        append(deferred(id, BOB, 2, THIRD));
        assertThat(row(id, BOB).pinnedTo()).contains(unknown.route());

        append(delivered(id, BOB, 3));
        assertThat(row(id, BOB).pinnedTo()).isEmpty();
    }

    @Test
    default void aFinalStepShouldEndOwnershipAndTheNextTry() {
        MessageId id = newId();
        append(accepted(id, BOB), deferred(id, BOB, 1, SECOND));
        append(delivered(id, BOB, 2));

        assertThat(row(id, BOB))
                .isEqualTo(new DeliveryRow(BOB, DeliveryState.DELIVERED, 2, Optional.empty(), Optional.empty()));
        assertThat(attempts(id, BOB)).containsExactly(deferredAttempt(NOW), deliveredAttempt(NOW));
        assertThat(typesOf(id))
                .containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.DEFERRED, EventType.DELIVERED);
    }

    @Test
    default void aStepWithoutOwnerShouldKeepTheOwner() {
        MessageId id = newId();
        append(accepted(id, BOB), deferred(id, BOB, 1, SECOND));
        append(stepWithoutOwner(id, DeliveryState.DEFERRED, 2));

        assertThat(row(id, BOB).owner()).contains(SECOND);
    }

    @Test
    default void aStepWithoutRowAndOwnerShouldLeaveTheDeliveryToItsFirstEntry() {
        MessageId id = newId();
        append(stepWithoutOwner(id, DeliveryState.DEFERRED, 1));

        assertThat(row(id, BOB).owner()).contains(EntryId.firstOf(id));
    }

    @Test
    default void aStepShouldHaveTheEffectOfOnceWhenRecordedTwice() {
        MessageId id = newId();
        append(accepted(id, BOB), deferred(id, BOB, 1, SECOND));
        MessageTrace once = trace(id);
        append(deferred(id, BOB, 1, SECOND));
        append(deferred(id, BOB, 1, SECOND), deferred(id, BOB, 1, SECOND));

        assertThat(trace(id)).isEqualTo(once);
    }

    @Test
    default void aPostponementOfTheSameNumberShouldStillMoveTheOwner() {
        MessageId id = newId();
        append(accepted(id, BOB), deferred(id, BOB, 1, SECOND));
        append(deferred(id, BOB, 1, THIRD));

        assertThat(row(id, BOB).owner()).contains(THIRD);
        assertThat(typesOf(id)).containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.DEFERRED);
    }

    @Test
    default void aStepOfAnEarlierAttemptShouldNotTakeTheDeliveryBack() {
        MessageId id = newId();
        append(accepted(id, BOB), deferred(id, BOB, 1, SECOND), deferred(id, BOB, 2, THIRD));
        append(deferred(id, BOB, 1, SECOND));

        assertThat(row(id, BOB).owner()).contains(THIRD);
        assertThat(row(id, BOB).attempts()).isEqualTo(2);
    }

    @Test
    default void aFinalStepShouldCountWhateverItsNumber() {
        MessageId id = newId();
        append(accepted(id, BOB), deferred(id, BOB, 1, SECOND), deferred(id, BOB, 2, THIRD));
        append(ended(id, BOB, DeliveryState.CANCELLED, 1));

        assertThat(row(id, BOB))
                .isEqualTo(new DeliveryRow(BOB, DeliveryState.CANCELLED, 2, Optional.empty(), Optional.empty()));
    }

    @Test
    default void aRetryShouldBeAnEventOfItsOwnBesideTheFirstQueued() {
        MessageId id = newId();
        append(accepted(id, BOB), deferred(id, BOB, 1, SECOND), queuedAgain(id, BOB, 1, THIRD), delivered(id, BOB, 2));

        assertThat(typesOf(id))
                .containsExactly(
                        EventType.ACCEPTED,
                        EventType.QUEUED,
                        EventType.DEFERRED,
                        EventType.QUEUED,
                        EventType.DELIVERED);
    }

    @Test
    default void aRetryBeforeAnyAttemptShouldNotBeTakenForTheFirstQueued() {
        MessageId id = newId();
        append(accepted(id, BOB), queuedAgain(id, BOB, 0, SECOND));

        assertThat(typesOf(id)).containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.QUEUED);
        assertThat(row(id, BOB).owner()).contains(SECOND);
    }

    @ParameterizedTest
    @EnumSource(DeliveryState.class)
    default void theEventOfAStepShouldFollowItsState(DeliveryState state) {
        MessageId id = newId();
        append(accepted(id, BOB), stepWithoutOwner(id, state, 1));

        MessageTrace.Event last = trace(id).events().get(2);
        assertThat(last.type()).isEqualTo(EventType.valueOf(state.name()));
        assertThat(last.detail()).isEqualTo("why " + state);
    }

    @Test
    default void attemptsShouldKeepEveryFieldAndComeOldestFirst() {
        MessageId id = newId();
        append(accepted(id, BOB));
        List<Attempt> attempts = new ArrayList<>();
        for (int number = 1; number <= 11; number++) {
            Attempt attempt = number % 2 == 0 ? deferredAttempt(at(number)) : unreachableAttempt(at(number));
            attempts.add(attempt);
            append(step(id, BOB, DeliveryState.DEFERRED, number, Optional.of(attempt)));
        }

        assertThat(attempts(id, BOB)).containsExactlyElementsOf(attempts);
    }

    // Final states

    @ParameterizedTest
    @EnumSource(
            value = DeliveryState.class,
            names = {"DELIVERED", "BOUNCED", "SUPPRESSED", "EXPIRED", "CANCELLED"})
    default void aFinalStateShouldStay(DeliveryState state) {
        MessageId id = newId();
        append(accepted(id, BOB), ended(id, BOB, state, 1));
        MessageTrace before = trace(id);

        for (DeliveryState next : DeliveryState.values()) {
            if (!(state == DeliveryState.DELIVERED && next == DeliveryState.BOUNCED)) {
                append(stepWithoutOwner(id, next, 2));
            }
        }

        assertThat(trace(id)).isEqualTo(before);
    }

    @Test
    default void anAttemptAfterAFinalStateShouldBeRecordedWithoutEvent() {
        MessageId id = newId();
        append(accepted(id, BOB), ended(id, BOB, DeliveryState.CANCELLED, 0));
        append(delivered(id, BOB, 1));

        assertThat(row(id, BOB).state()).isEqualTo(DeliveryState.CANCELLED);
        assertThat(attempts(id, BOB)).containsExactly(deliveredAttempt(NOW));
        assertThat(typesOf(id)).containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.CANCELLED);
    }

    @Test
    default void deliveredShouldBecomeBouncedByLaterFeedback() {
        MessageId id = newId();
        append(accepted(id, BOB), delivered(id, BOB, 1));
        append(ended(id, BOB, DeliveryState.BOUNCED, 1));

        assertThat(row(id, BOB).state()).isEqualTo(DeliveryState.BOUNCED);
        assertThat(trace(id).message().state()).isEqualTo("bounced");
        assertThat(trace(id).deliveries().get(0).explanation()).isEqualTo("explanation of bounced");
        assertThat(typesOf(id))
                .containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.DELIVERED, EventType.BOUNCED);
    }

    @Test
    default void bouncedShouldNotBecomeDelivered() {
        MessageId id = newId();
        append(accepted(id, BOB), bounced(id, BOB, 1));
        append(delivered(id, BOB, 2));

        assertThat(row(id, BOB).state()).isEqualTo(DeliveryState.BOUNCED);
        assertThat(attempts(id, BOB)).containsExactly(bouncedAttempt(NOW), deliveredAttempt(NOW));
    }

    // The state of a message

    @Test
    default void aMessageShouldBeOpenWhileADeliveryIsThenHaveTheCommonState() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL));
        append(delivered(id, BOB, 1));
        assertThat(trace(id).message().state()).isEqualTo("open");

        append(delivered(id, CAROL, 1));
        assertThat(trace(id).message().state()).isEqualTo("delivered");
    }

    @Test
    default void aMessageShouldBeMixedWhenFinalStatesDiffer() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL), delivered(id, BOB, 1), bounced(id, CAROL, 1));

        assertThat(trace(id).message().state()).isEqualTo("mixed");
    }

    // Owners

    @Test
    default void deliveriesShouldReturnTheRowsOfThoseThatHaveSome() {
        MessageId one = newId();
        MessageId two = newId();
        MessageId unknown = newId();
        append(accepted(one, BOB, CAROL), deferred(two, DAVE, 1, SECOND), delivered(one, CAROL, 1));

        assertThat(messageLog().deliveries(List.of(one, two, unknown))).satisfies(found -> {
            assertThat(found).containsOnlyKeys(one, two);
            assertThat(found.get(one))
                    .containsExactlyInAnyOrder(
                            firstRow(one, BOB),
                            new DeliveryRow(CAROL, DeliveryState.DELIVERED, 1, Optional.empty(), Optional.empty()));
            assertThat(found.get(two)).extracting(DeliveryRow::owner).containsExactly(Optional.of(SECOND));
        });
        assertThat(messageLog().deliveries(List.of())).isEmpty();
    }

    @Test
    default void deliveriesShouldAnswerForManyMessagesAtOnce() {
        List<MessageId> ids = IntStream.range(0, 3000).mapToObj(i -> newId()).toList();
        messageLog().append(ids.stream().<Change>map(id -> accepted(id, BOB)).toList());

        assertThat(messageLog().deliveries(ids)).hasSize(3000);
    }

    // Durability and concurrency

    @Test
    default void whatWasAppendedShouldBeThereAfterAReopening() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL), deferred(id, BOB, 1, SECOND), bounced(id, CAROL, 1));
        MessageTrace before = trace(id);

        assertThat(reopenedMessageLog().find(id)).contains(before);
    }

    @Test
    default void changesOfMessagesOfManyAgesShouldEachFindTheirRows() {
        List<MessageId> ids =
                IntStream.range(0, 6).mapToObj(i -> newId(at(10 * i))).toList();
        append(accepted(ids.get(3), BOB));
        append(accepted(ids.get(5), BOB), delivered(ids.get(3), BOB, 1), accepted(ids.get(1), BOB));
        append(delivered(ids.get(4), BOB, 1), accepted(ids.get(3), BOB), bounced(ids.get(1), BOB, 1));
        append(accepted(ids.get(4), BOB), delivered(ids.get(5), BOB, 1), accepted(ids.get(1), BOB));

        assertThat(Stream.of(1, 3, 4, 5).map(i -> trace(ids.get(i)).message().state()))
                .containsExactly("bounced", "delivered", "delivered", "delivered");
    }

    @Test
    default void appendShouldDoNothingForNoChanges() {
        messageLog().append(List.of());

        assertThat(messageLog().search(all(10)).items()).isEmpty();
    }

    @Test
    default void appendShouldTakeBatchesOfSeveralThreads() throws Exception {
        int threads = 4;
        int batches = 25;
        List<MessageId> ids =
                IntStream.range(0, threads * batches).mapToObj(i -> newId()).toList();
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                int first = thread;
                running.add(executor.submit(() -> {
                    for (int i = first; i < ids.size(); i += threads) {
                        append(accepted(ids.get(i), BOB, CAROL));
                        append(delivered(ids.get(i), BOB, 1));
                        assertThat(row(ids.get(i), BOB).state()).isEqualTo(DeliveryState.DELIVERED);
                    }
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            executor.shutdownNow();
        }

        assertThat(ids)
                .allSatisfy(id -> assertThat(typesOf(id))
                        .containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.QUEUED, EventType.DELIVERED));
    }

    @Test
    default void appendOfOneMessageByTwoThreadsShouldLoseNoDelivery() throws Exception {
        MessageId id = newId();
        List<EmailAddress> recipients = IntStream.range(0, 100)
                .mapToObj(i -> new EmailAddress("r" + i, "example.com"))
                .toList();
        append(new Change.Accepted(message(id, recipients.toArray(EmailAddress[]::new))));
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try {
            Future<?> even = executor.submit(() -> deliverEverySecond(id, recipients, 0));
            Future<?> odd = executor.submit(() -> deliverEverySecond(id, recipients, 1));
            even.get();
            odd.get();
        } finally {
            executor.shutdownNow();
        }

        assertThat(trace(id).message().state()).isEqualTo("delivered");
    }

    // Search

    @Test
    default void searchShouldListNewestFirstOverSeveralPages() {
        List<MessageId> ids = IntStream.range(0, 11).mapToObj(i -> newId(at(i))).toList();
        ids.forEach(id -> append(accepted(id, BOB)));

        assertThat(idsOf(all(4)))
                .containsExactlyElementsOf(ids.stream().sorted(reverseOrder()).toList());
    }

    @Test
    default void searchShouldGiveNoCursorWhenThePageEndsTheList() {
        append(accepted(newId(), BOB), accepted(newId(), BOB));

        assertThat(messageLog().search(all(2)).nextCursor()).isEmpty();
    }

    @Test
    default void searchShouldNotRepeatOrSkipWhenMessagesArriveMeanwhile() {
        List<MessageId> ids = IntStream.range(0, 4).mapToObj(i -> newId(at(i))).toList();
        ids.forEach(id -> append(accepted(id, BOB)));
        Optional<String> cursor = messageLog().search(all(2)).nextCursor();
        append(accepted(newId(at(100)), BOB));

        assertThat(messageLog()
                        .search(new MessageQuery(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                2,
                                cursor))
                        .items())
                .extracting(MessageSummary::id)
                .containsExactly(ids.get(1), ids.get(0));
    }

    @Test
    default void searchShouldLeaveOutMessagesThatAreNotAcceptedYet() {
        append(delivered(newId(), BOB, 1));

        assertThat(idsOf(all(10))).isEmpty();
        assertThat(idsOf(byRecipient(BOB, 10))).isEmpty();
    }

    @Test
    default void searchShouldFindByRecipientWhateverTheCase() {
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            MessageId id = newId(at(i));
            ids.add(0, id);
            append(accepted(id, CAROL, EmailAddress.parse(i % 2 == 0 ? "Bob@Example.com" : "bob@example.com")));
            append(accepted(newId(at(i)), CAROL));
        }

        assertThat(idsOf(byRecipient(EmailAddress.parse("BOB@example.com"), 2))).containsExactlyElementsOf(ids);
    }

    @Test
    default void searchByRecipientShouldListAMessageOnceThoughItHasTheAddressInTwoCases() {
        MessageId one = newId(at(1));
        MessageId two = newId(at(2));
        EmailAddress upper = EmailAddress.parse("BOB@example.com");
        append(accepted(one, BOB, upper), accepted(two, upper, BOB));

        assertThat(idsOf(byRecipient(BOB, 1))).containsExactly(two, one);
    }

    @Test
    default void searchShouldFindBySenderWhateverTheCase() {
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            MessageId id = newId(at(i));
            ids.add(0, id);
            append(new Change.Accepted(messageFrom(EmailAddress.parse("Shop@sender.example"), id, BOB)));
            append(accepted(newId(at(i)), BOB));
        }

        assertThat(idsOf(bySender(EmailAddress.parse("sHOP@sender.example"), 2)))
                .containsExactlyElementsOf(ids);
    }

    @Test
    default void searchShouldFindByTheTimeOfAcceptance() {
        List<MessageId> ids = IntStream.range(0, 10)
                .mapToObj(i -> newId(NOW.plusSeconds(3600L * i)))
                .toList();
        ids.forEach(id -> append(accepted(id, BOB)));

        assertThat(idsOf(between(ids.get(2).time(), ids.get(5).time(), 2)))
                .containsExactly(ids.get(4), ids.get(3), ids.get(2));
    }

    @Test
    default void searchShouldGoByTheTimeOfAcceptanceThoughTheIdIsALittleOlder() {
        MessageId id = newId(NOW.minusSeconds(30));
        append(new Change.Accepted(new AcceptedMessage(
                id, "default", "transactional", "app", Optional.of(ALICE), "slow upload", 10, NOW, List.of(BOB))));

        assertThat(idsOf(between(NOW, NOW.plusMillis(1), 10))).containsExactly(id);
        assertThat(idsOf(between(NOW.minusSeconds(30), NOW, 10))).isEmpty();
    }

    @Test
    default void searchShouldFindByState() {
        MessageId open = newId(at(1));
        MessageId deliveredOne = newId(at(2));
        MessageId mixed = newId(at(3));
        MessageId deliveredTwo = newId(at(4));
        append(
                accepted(open, BOB, CAROL),
                delivered(open, BOB, 1),
                accepted(deliveredOne, BOB),
                delivered(deliveredOne, BOB, 1),
                accepted(mixed, BOB, CAROL),
                delivered(mixed, BOB, 1),
                bounced(mixed, CAROL, 1),
                accepted(deliveredTwo, BOB),
                delivered(deliveredTwo, BOB, 1));

        assertThat(idsOf(byState("open", 10))).containsExactly(open);
        assertThat(idsOf(byState("mixed", 10))).containsExactly(mixed);
        assertThat(idsOf(byState("delivered", 1))).containsExactly(deliveredTwo, deliveredOne);
        assertThat(idsOf(byState("bounced", 10))).isEmpty();
    }

    @Test
    default void searchShouldFindByAnOpenStateThatAllDeliveriesShare() {
        MessageId deferredOne = newId(at(1));
        MessageId partly = newId(at(2));
        MessageId queued = newId(at(3));
        append(
                accepted(deferredOne, BOB),
                deferred(deferredOne, BOB, 1, SECOND),
                accepted(partly, BOB, CAROL),
                deferred(partly, BOB, 1, SECOND),
                accepted(queued, BOB));

        assertThat(idsOf(byState("deferred", 10))).containsExactly(deferredOne);
        assertThat(idsOf(byState("queued", 10))).containsExactly(queued);
        assertThat(idsOf(byState("open", 10))).containsExactly(queued, partly, deferredOne);
    }

    @Test
    default void searchShouldRefuseAnUnknownState() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> messageLog().search(byState("sent", 10)))
                .withMessageContaining("state: 'sent'");
    }

    @Test
    default void searchShouldRequireAllThatIsGiven() {
        MessageId wanted = newId(at(60));
        append(
                accepted(newId(at(1)), BOB),
                accepted(wanted, BOB),
                delivered(wanted, BOB, 1),
                accepted(newId(at(60)), BOB),
                accepted(newId(at(60)), CAROL),
                new Change.Accepted(messageFrom(DAVE, newId(at(60)), BOB)));

        assertThat(idsOf(new MessageQuery(
                        Optional.of(BOB),
                        Optional.of(ALICE),
                        Optional.of(at(50)),
                        Optional.of(at(70)),
                        Optional.of("delivered"),
                        10,
                        Optional.empty())))
                .containsExactly(wanted);
    }

    @Test
    default void searchShouldRefuseACursorThatItDidNotGive() {
        for (String cursor : List.of("", "%", "bm8", "01KAX0000000000000000000")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> messageLog()
                            .search(new MessageQuery(
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    10,
                                    Optional.of(cursor))))
                    .withMessageContaining("cursor: '" + cursor + "'");
        }
    }

    // Helpers

    private void append(Change... changes) {
        messageLog().append(List.of(changes));
    }

    private void deliverEverySecond(MessageId id, List<EmailAddress> recipients, int first) {
        for (int i = first; i < recipients.size(); i += 2) {
            append(delivered(id, recipients.get(i), 1));
        }
    }

    private MessageTrace trace(MessageId id) {
        return messageLog().find(id).orElseThrow();
    }

    private DeliveryRow row(MessageId id, EmailAddress recipient) {
        return messageLog().deliveries(List.of(id)).get(id).stream()
                .filter(row -> row.recipient().equals(recipient))
                .findFirst()
                .orElseThrow();
    }

    private List<Attempt> attempts(MessageId id, EmailAddress recipient) {
        return trace(id).deliveries().stream()
                .filter(delivery -> delivery.row().recipient().equals(recipient))
                .findFirst()
                .orElseThrow()
                .attempts();
    }

    private List<EventType> typesOf(MessageId id) {
        return trace(id).events().stream().map(MessageTrace.Event::type).toList();
    }

    private List<MessageId> idsOf(MessageQuery query) {
        return Pages.all(
                        query.limit(),
                        cursor -> messageLog()
                                .search(new MessageQuery(
                                        query.recipient(),
                                        query.sender(),
                                        query.from(),
                                        query.to(),
                                        query.state(),
                                        query.limit(),
                                        cursor)))
                .stream()
                .map(MessageSummary::id)
                .toList();
    }

    private static Instant at(int seconds) {
        return NOW.plusSeconds(seconds);
    }

    private static DeliveryRow firstRow(MessageId id, EmailAddress recipient) {
        return new DeliveryRow(recipient, DeliveryState.QUEUED, 0, Optional.of(EntryId.firstOf(id)), Optional.empty());
    }

    private static Change.Step stepWithoutOwner(MessageId id, DeliveryState state, int number) {
        return step(id, BOB, state, number, Optional.empty());
    }

    private static Change.Step step(
            MessageId id, EmailAddress recipient, DeliveryState state, int number, Optional<Attempt> attempt) {
        return new Change.Step(
                id, recipient, state, number, attempt, Optional.empty(), Optional.empty(), "why " + state, NOW);
    }

    private static MessageQuery all(int limit) {
        return query(Optional.empty(), Optional.empty(), Optional.empty(), limit);
    }

    private static MessageQuery byRecipient(EmailAddress recipient, int limit) {
        return query(Optional.of(recipient), Optional.empty(), Optional.empty(), limit);
    }

    private static MessageQuery bySender(EmailAddress sender, int limit) {
        return query(Optional.empty(), Optional.of(sender), Optional.empty(), limit);
    }

    private static MessageQuery byState(String state, int limit) {
        return query(Optional.empty(), Optional.empty(), Optional.of(state), limit);
    }

    private static MessageQuery between(Instant from, Instant to, int limit) {
        return new MessageQuery(
                Optional.empty(),
                Optional.empty(),
                Optional.of(from),
                Optional.of(to),
                Optional.empty(),
                limit,
                Optional.empty());
    }

    private static MessageQuery query(
            Optional<EmailAddress> recipient, Optional<EmailAddress> sender, Optional<String> state, int limit) {
        return new MessageQuery(recipient, sender, Optional.empty(), Optional.empty(), state, limit, Optional.empty());
    }
}
