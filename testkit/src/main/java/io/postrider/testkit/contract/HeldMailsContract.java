package io.postrider.testkit.contract;

import static io.postrider.testkit.Fixtures.BOB;
import static io.postrider.testkit.Fixtures.CAROL;
import static io.postrider.testkit.Fixtures.NOW;
import static io.postrider.testkit.Fixtures.accepted;
import static io.postrider.testkit.Fixtures.deferred;
import static io.postrider.testkit.Fixtures.delivered;
import static io.postrider.testkit.Fixtures.heldMail;
import static io.postrider.testkit.Fixtures.newId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.EventType;
import io.postrider.trace.HeldMail;
import io.postrider.trace.HeldMails;
import io.postrider.trace.MessageLog;
import io.postrider.trace.MessageTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What callers of {@link io.postrider.trace.HeldMails} rely on. Each test gets an empty store. */
public interface HeldMailsContract {
    EntryId KEY = new EntryId("held-key");
    EntryId NEXT = new EntryId("next-entry");

    HeldMails heldMails();

    /** Of the same store. */
    MessageLog messageLog();

    @Test
    default void heldShouldKeepTheMailAndMoveTheDeliveriesToIt() {
        MessageId id = newId();
        HeldMail mail = heldMail(KEY, id, NOW);
        append(accepted(id, BOB, CAROL), new Change.Held(mail, List.of(BOB)));

        assertThat(heldMails().find(KEY)).get().usingRecursiveComparison().isEqualTo(mail);
        assertThat(heldMails().count()).isEqualTo(1);
        assertThat(row(id, BOB))
                .isEqualTo(new DeliveryRow(BOB, DeliveryState.HELD, 0, Optional.of(KEY), Optional.empty()));
        assertThat(row(id, CAROL).state()).isEqualTo(DeliveryState.QUEUED);
        assertThat(lastEvent(id))
                .isEqualTo(new MessageTrace.Event(EventType.HELD, NOW, Optional.of(BOB), mail.cause()));
        assertThat(explanation(id, BOB)).isEqualTo(mail.cause());
    }

    @Test
    default void heldShouldMakeRowsWhenTheAcceptanceIsNotRecordedYet() {
        MessageId id = newId();
        append(new Change.Held(heldMail(KEY, id, NOW), List.of(BOB)));
        append(accepted(id, BOB));

        assertThat(row(id, BOB).state()).isEqualTo(DeliveryState.HELD);
        assertThat(typesOf(id)).containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.HELD);
    }

    @Test
    default void heldShouldLeaveFinalStates() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL), delivered(id, BOB, 1));
        append(new Change.Held(heldMail(KEY, id, NOW), List.of(BOB, CAROL)));

        assertThat(row(id, BOB).state()).isEqualTo(DeliveryState.DELIVERED);
        assertThat(row(id, CAROL).state()).isEqualTo(DeliveryState.HELD);
    }

    @Test
    default void heldShouldHaveTheEffectOfOnceWhenRecordedTwice() {
        MessageId id = newId();
        Change held = new Change.Held(heldMail(KEY, id, NOW), List.of(BOB));
        append(accepted(id, BOB), held);
        MessageTrace once = trace(id);
        append(held);
        append(held, held);

        assertThat(trace(id)).isEqualTo(once);
        assertThat(heldMails().count()).isEqualTo(1);
    }

    @Test
    default void heldShouldNotTakeBackWhatWasReleasedWhenRecordedAgain() {
        MessageId id = newId();
        Change held = new Change.Held(heldMail(KEY, id, NOW), List.of(BOB));
        append(accepted(id, BOB), held);
        append(new Change.Released(id, KEY, NEXT, NOW));
        append(held);

        assertThat(row(id, BOB).owner()).contains(NEXT);
        assertThat(heldMails().find(KEY)).isEmpty();
        assertThat(heldMails().count()).isZero();
    }

    @Test
    default void releasedShouldQueueWhatTheHeldMailOwnsAndForgetTheMail() {
        MessageId id = newId();
        append(
                accepted(id, BOB, CAROL),
                deferred(id, BOB, 1, new EntryId("second")),
                new Change.Held(heldMail(KEY, id, NOW), List.of(BOB)));
        append(new Change.Released(id, KEY, NEXT, NOW.plusSeconds(1)));

        assertThat(row(id, BOB))
                .isEqualTo(new DeliveryRow(BOB, DeliveryState.QUEUED, 1, Optional.of(NEXT), Optional.empty()));
        assertThat(row(id, CAROL).owner()).contains(EntryId.firstOf(id));
        assertThat(heldMails().find(KEY)).isEmpty();
        assertThat(heldMails().keys(Optional.empty(), 10)).isEmpty();
        assertThat(lastEvent(id).type()).isEqualTo(EventType.QUEUED);
        assertThat(lastEvent(id).at()).isEqualTo(NOW.plusSeconds(1));
    }

    @Test
    default void releasedShouldHaveTheEffectOfOnceWhenRecordedTwice() {
        MessageId id = newId();
        Change released = new Change.Released(id, KEY, NEXT, NOW);
        append(accepted(id, BOB), new Change.Held(heldMail(KEY, id, NOW), List.of(BOB)), released);
        MessageTrace once = trace(id);
        append(released, released);

        assertThat(trace(id)).isEqualTo(once);
    }

    @Test
    default void releasedShouldLeaveWhatWasCancelledMeanwhile() {
        MessageId id = newId();
        append(accepted(id, BOB), new Change.Held(heldMail(KEY, id, NOW), List.of(BOB)));
        append(new Change.Step(
                id,
                BOB,
                DeliveryState.CANCELLED,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "cancelled by an admin",
                NOW));
        append(new Change.Released(id, KEY, NEXT, NOW));

        assertThat(row(id, BOB).state()).isEqualTo(DeliveryState.CANCELLED);
        assertThat(typesOf(id))
                .containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.HELD, EventType.CANCELLED);
    }

    @Test
    default void aMailShouldBeHeldAgainUnderAnotherKey() {
        MessageId id = newId();
        EntryId again = new EntryId("held-again");
        append(accepted(id, BOB), new Change.Held(heldMail(KEY, id, NOW), List.of(BOB)));
        append(new Change.Released(id, KEY, NEXT, NOW));
        append(new Change.Held(heldMail(again, id, NOW), List.of(BOB)));

        assertThat(row(id, BOB).owner()).contains(again);
        assertThat(typesOf(id))
                .containsExactly(
                        EventType.ACCEPTED, EventType.QUEUED, EventType.HELD, EventType.QUEUED, EventType.HELD);
    }

    @Test
    default void discardShouldCancelWhatTheMailStillOwns() {
        MessageId id = newId();
        append(accepted(id, BOB, CAROL), delivered(id, CAROL, 1));
        append(new Change.Held(heldMail(KEY, id, NOW), List.of(BOB)));

        assertThat(heldMails().discard(KEY, NOW.plusSeconds(1))).isTrue();
        assertThat(row(id, BOB))
                .isEqualTo(new DeliveryRow(BOB, DeliveryState.CANCELLED, 0, Optional.empty(), Optional.empty()));
        assertThat(trace(id).message().state()).isEqualTo("mixed");
        assertThat(lastEvent(id).type()).isEqualTo(EventType.CANCELLED);
        assertThat(lastEvent(id).at()).isEqualTo(NOW.plusSeconds(1));
        assertThat(heldMails().find(KEY)).isEmpty();
    }

    @Test
    default void discardShouldTellThatThereWasNone() {
        MessageId id = newId();
        append(accepted(id, BOB), new Change.Held(heldMail(KEY, id, NOW), List.of(BOB)));
        heldMails().discard(KEY, NOW);

        assertThat(heldMails().discard(KEY, NOW)).isFalse();
        assertThat(heldMails().discard(new EntryId("unknown"), NOW)).isFalse();
    }

    @Test
    default void discardShouldLeaveWhatAnotherEntryOwns() {
        MessageId id = newId();
        append(accepted(id, BOB), new Change.Held(heldMail(KEY, id, NOW), List.of(BOB)));
        append(deferred(id, BOB, 1, NEXT));
        heldMails().discard(KEY, NOW);

        assertThat(row(id, BOB).state()).isEqualTo(DeliveryState.DEFERRED);
    }

    @Test
    default void keysShouldListOldestFirstFromBehindTheOneGiven() {
        List<EntryId> keys = holdFive();

        assertThat(heldMails().keys(Optional.empty(), 2)).containsExactly(keys.get(0), keys.get(1));
        assertThat(heldMails().keys(Optional.of(keys.get(1)), 2)).containsExactly(keys.get(2), keys.get(3));
        assertThat(heldMails().keys(Optional.of(keys.get(3)), 2)).containsExactly(keys.get(4));
        assertThat(heldMails().keys(Optional.of(keys.get(4)), 2)).isEmpty();
    }

    @Test
    default void keysShouldGoOnBehindAMailThatIsGoneMeanwhile() {
        List<EntryId> keys = holdFive();
        heldMails().discard(keys.get(1), NOW);

        assertThat(heldMails().keys(Optional.of(keys.get(1)), 10)).containsExactlyElementsOf(keys.subList(2, 5));
        assertThat(heldMails().count()).isEqualTo(4);
    }

    @Test
    default void keysShouldRefuseAKeyThatNeverWas() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> heldMails().keys(Optional.of(new EntryId("never")), 10))
                .withMessageContaining("after: 'never'");
    }

    /** The order of the keys is not the order of their times. */
    private List<EntryId> holdFive() {
        List<EntryId> keys = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            EntryId key = new EntryId("key-" + (9 - i));
            MessageId id = newId();
            append(accepted(id, BOB), new Change.Held(heldMail(key, id, NOW.plusSeconds(i)), List.of(BOB)));
            keys.add(key);
        }
        return keys;
    }

    private void append(Change... changes) {
        messageLog().append(List.of(changes));
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

    private String explanation(MessageId id, EmailAddress recipient) {
        return trace(id).deliveries().stream()
                .filter(delivery -> delivery.row().recipient().equals(recipient))
                .findFirst()
                .orElseThrow()
                .explanation();
    }

    private MessageTrace.Event lastEvent(MessageId id) {
        List<MessageTrace.Event> events = trace(id).events();
        return events.get(events.size() - 1);
    }

    private List<EventType> typesOf(MessageId id) {
        return trace(id).events().stream().map(MessageTrace.Event::type).toList();
    }
}
