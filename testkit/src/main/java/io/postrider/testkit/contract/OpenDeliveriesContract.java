package io.postrider.testkit.contract;

import static io.postrider.testkit.Fixtures.BOB;
import static io.postrider.testkit.Fixtures.CAROL;
import static io.postrider.testkit.Fixtures.DAVE;
import static io.postrider.testkit.Fixtures.NOW;
import static io.postrider.testkit.Fixtures.accepted;
import static io.postrider.testkit.Fixtures.delivered;
import static io.postrider.testkit.Fixtures.ended;
import static io.postrider.testkit.Fixtures.heldMail;
import static io.postrider.testkit.Fixtures.newId;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMails;
import io.postrider.trace.MessageLog;
import io.postrider.trace.OpenDeliveries;
import io.postrider.trace.OpenDeliveries.Orphan;
import io.postrider.trace.OpenDeliveries.Overdue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What callers of {@link io.postrider.trace.OpenDeliveries} rely on. Each test gets an empty store. */
public interface OpenDeliveriesContract {
    EntryId ENTRY = new EntryId("an-entry");

    OpenDeliveries openDeliveries();

    /** Of the same store. */
    MessageLog messageLog();

    /** Of the same store. */
    HeldMails heldMails();

    @Test
    default void overdueShouldFindWhatShouldHaveBeenAttemptedByThen() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL, DAVE), step(id, BOB, DeliveryState.DEFERRED, Optional.of(NOW)));
        append(step(id, CAROL, DeliveryState.DEFERRED, Optional.of(NOW.plusMillis(1))), delivered(id, DAVE, 1));

        assertThat(recipients(overdue(NOW.plusMillis(1)))).containsExactly(BOB);
        assertThat(recipients(overdue(NOW.plusMillis(2)))).containsExactly(BOB, CAROL);
        assertThat(overdue(NOW)).isEmpty();
    }

    @Test
    default void overdueShouldTellTheWholeRow() {
        MessageId id = newId();
        append(accepted(id, BOB), step(id, BOB, DeliveryState.DEFERRED, Optional.of(NOW)));

        assertThat(overdue(NOW.plusSeconds(1)))
                .containsExactly(new Overdue(
                        id, messageLog().deliveries(List.of(id)).get(id).get(0)));
    }

    @Test
    default void overdueShouldTakeWhatHasNoTimeForDueAtOnce() {
        MessageId id = newId();
        append(accepted(id, BOB));

        assertThat(recipients(overdue(Instant.EPOCH.plusMillis(1)))).containsExactly(BOB);
    }

    @Test
    default void overdueShouldFindWhatIsQueuedOrScheduledForATime() {
        MessageId id = newId();
        append(
                accepted(id, BOB, CAROL),
                step(id, BOB, DeliveryState.QUEUED, Optional.of(NOW)),
                step(id, CAROL, DeliveryState.SCHEDULED, Optional.of(NOW)));

        assertThat(recipients(overdue(NOW.plusSeconds(1)))).containsExactlyInAnyOrder(BOB, CAROL);
        assertThat(overdue(NOW)).isEmpty();
    }

    @Test
    default void overdueShouldLeaveOutWhatIsHeldOrFinal() {
        MessageId id = newId();
        append(
                accepted(id, BOB, CAROL),
                new Change.Held(heldMail(ENTRY, id, NOW), List.of(BOB)),
                ended(id, CAROL, DeliveryState.CANCELLED, 0));

        assertThat(overdue(NOW.plusSeconds(1))).isEmpty();
    }

    @Test
    default void overdueShouldListWhatIsLateForLongestFirstAndGoOnBehindTheOneGiven() {
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            MessageId id = newId(NOW.plusSeconds(i));
            // The order of the times is not that of the ids.
            append(accepted(id, BOB), step(id, BOB, DeliveryState.DEFERRED, Optional.of(NOW.minusSeconds(i))));
            ids.add(0, id);
        }

        List<Overdue> first = openDeliveries().overdue(NOW.plusSeconds(1), Optional.empty(), 2);
        List<Overdue> second = openDeliveries().overdue(NOW.plusSeconds(1), Optional.of(first.get(1)), 2);
        List<Overdue> third = openDeliveries().overdue(NOW.plusSeconds(1), Optional.of(second.get(1)), 2);

        assertThat(messages(first)).containsExactly(ids.get(0), ids.get(1));
        assertThat(messages(second)).containsExactly(ids.get(2), ids.get(3));
        assertThat(messages(third)).containsExactly(ids.get(4));
        assertThat(openDeliveries().overdue(NOW.plusSeconds(1), Optional.of(third.get(0)), 2))
                .isEmpty();
    }

    @Test
    default void overdueShouldPassNobodyOverWhoIsDueAtTheSameTime() {
        MessageId one = newId(NOW);
        MessageId other = newId(NOW.plusSeconds(1));
        append(accepted(one, BOB, CAROL, DAVE), accepted(other, BOB, CAROL));
        for (EmailAddress recipient : List.of(BOB, CAROL)) {
            append(step(one, recipient, DeliveryState.DEFERRED, Optional.of(NOW)));
            append(step(other, recipient, DeliveryState.DEFERRED, Optional.of(NOW)));
        }

        List<Overdue> found = new ArrayList<>();
        Optional<Overdue> last = Optional.empty();
        List<Overdue> page = openDeliveries().overdue(NOW.plusSeconds(1), last, 1);
        while (!page.isEmpty()) {
            found.addAll(page);
            last = Optional.of(page.get(0));
            page = openDeliveries().overdue(NOW.plusSeconds(1), last, 1);
        }

        assertThat(found).hasSize(5).doesNotHaveDuplicates();
        // Without a time means due since ever.
        assertThat(found.get(0).recipient()).isEqualTo(DAVE);
    }

    @Test
    default void overdueShouldGoOnBehindOneThatIsGoneMeanwhile() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL, DAVE));
        Overdue first = openDeliveries().overdue(NOW, Optional.empty(), 1).get(0);
        append(ended(id, first.recipient(), DeliveryState.CANCELLED, 0));

        assertThat(recipients(openDeliveries().overdue(NOW, Optional.of(first), 10)))
                .hasSize(2)
                .doesNotContain(first.recipient());
    }

    @Test
    default void orphansShouldFindAMailThatNoDeliveryOfItsMessageRefersTo() {
        MessageId id = newId();
        append(accepted(id, BOB), ended(id, BOB, DeliveryState.CANCELLED, 0));
        append(new Change.Held(heldMail(ENTRY, id, NOW), List.of(BOB)));

        assertThat(openDeliveries().orphans(NOW.plusMillis(1), 10)).containsExactly(new Orphan(ENTRY, id, true));
        assertThat(openDeliveries().orphans(NOW, 10))
                .as("put aside a moment ago")
                .isEmpty();
    }

    @Test
    default void orphansShouldTellThatAMessageIsNotKnown() {
        MessageId id = newId();
        append(new Change.Held(heldMail(ENTRY, id, NOW), List.of()));

        assertThat(openDeliveries().orphans(NOW.plusMillis(1), 10)).containsExactly(new Orphan(ENTRY, id, false));
    }

    @Test
    default void orphansShouldLeaveOutWhatOneRecipientStillRefersTo() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL), new Change.Held(heldMail(ENTRY, id, NOW), List.of(BOB, CAROL)));
        append(ended(id, BOB, DeliveryState.CANCELLED, 0));

        assertThat(openDeliveries().orphans(NOW.plusSeconds(1), 10)).isEmpty();
    }

    @Test
    default void orphansShouldLeaveOutWhatWasReleasedOrDiscarded() {
        MessageId id = newId();
        EntryId other = new EntryId("another");
        append(accepted(id, BOB, CAROL));
        append(new Change.Held(heldMail(ENTRY, id, NOW), List.of(BOB)));
        append(new Change.Held(heldMail(other, id, NOW), List.of(CAROL)));
        append(new Change.Released(id, ENTRY, new EntryId("next"), NOW));
        heldMails().discard(other, NOW);

        assertThat(openDeliveries().orphans(NOW.plusSeconds(1), 10)).isEmpty();
    }

    @Test
    default void orphansShouldListTheOldestFirstUpToTheLimit() {
        List<EntryId> keys = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            EntryId key = new EntryId("key-" + (9 - i));
            append(new Change.Held(heldMail(key, newId(), NOW.plusSeconds(i)), List.of()));
            keys.add(key);
        }

        assertThat(openDeliveries().orphans(NOW.plusSeconds(9), 2).stream().map(Orphan::key))
                .containsExactlyElementsOf(keys.subList(0, 2));
    }

    @Test
    default void heldWithoutMailShouldCountDeliveriesWhoseMailIsNotKept() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL, DAVE), new Change.Held(heldMail(ENTRY, id, NOW), List.of(CAROL)));
        assertThat(openDeliveries().heldWithoutMail()).isZero();

        append(step(id, BOB, DeliveryState.HELD, Optional.empty()));
        assertThat(openDeliveries().heldWithoutMail()).isOne();

        append(ended(id, BOB, DeliveryState.CANCELLED, 0));
        assertThat(openDeliveries().heldWithoutMail()).isZero();
    }

    private static Change.Step step(
            MessageId id, EmailAddress recipient, DeliveryState state, Optional<Instant> nextAttemptAt) {
        return new Change.Step(
                id,
                recipient,
                state,
                1,
                Optional.empty(),
                nextAttemptAt,
                Optional.of(new EntryId("entry-of-" + recipient.domain())),
                "a reason",
                NOW);
    }

    private List<Overdue> overdue(Instant before) {
        return openDeliveries().overdue(before, Optional.empty(), 10);
    }

    private static List<EmailAddress> recipients(List<Overdue> overdue) {
        return overdue.stream().map(Overdue::recipient).toList();
    }

    private static List<MessageId> messages(List<Overdue> overdue) {
        return overdue.stream().map(Overdue::message).toList();
    }

    private void append(Change... changes) {
        messageLog().append(List.of(changes));
    }
}
