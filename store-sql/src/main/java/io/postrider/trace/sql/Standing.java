package io.postrider.trace.sql;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import java.util.Optional;

/**
 * Where a delivery stands, and the sentence that explains it. Says what may follow on what.
 *
 * @param position which recipient of its message it is, from 0 on; empty while the acceptance is not recorded
 */
record Standing(DeliveryRow row, String explanation, Optional<Integer> position) {
    /** What there is to say of a delivery that was queued when its message was accepted. */
    static final String FIRST = "waiting for the first attempt";

    /** A delivery that nothing is recorded of belongs to the first entry of its message. */
    static Standing first(MessageId message, EmailAddress recipient) {
        return new Standing(
                new DeliveryRow(
                        recipient, DeliveryState.QUEUED, 0, Optional.of(EntryId.firstOf(message)), Optional.empty()),
                FIRST,
                Optional.empty());
    }

    /** The delivery, once it is known to be of the accepted message. */
    Standing at(int place) {
        return new Standing(row, explanation, Optional.of(place));
    }

    /** Whether the delivery may still get the state: a final one stays, but later feedback turns {@code delivered} into {@code bounced}. */
    boolean mayBecome(DeliveryState next) {
        return !row.state().isFinal() || row.state() == DeliveryState.DELIVERED && next == DeliveryState.BOUNCED;
    }

    /** Whether the step belongs to an attempt before the last one that is known, so that it says nothing about the present. A final state always does. */
    boolean isBeyond(Change.Step step) {
        return !step.state().isFinal() && step.number() < row.attempts();
    }

    Standing after(Change.Step step) {
        boolean isFinal = step.state().isFinal();
        Optional<EntryId> owner = step.owner().or(row::owner);
        return new Standing(
                new DeliveryRow(
                        row.recipient(),
                        step.state(),
                        Math.max(row.attempts(), step.number()),
                        isFinal ? Optional.empty() : owner,
                        isFinal ? Optional.empty() : step.nextAttemptAt(),
                        isFinal ? Optional.empty() : step.pinsTo().or(row::pinnedTo)),
                step.explanation(),
                position);
    }

    /** The delivery with another owner, or none, and no time of a next attempt. */
    Standing with(DeliveryState state, Optional<EntryId> owner, String reason) {
        return new Standing(
                new DeliveryRow(row.recipient(), state, row.attempts(), owner, Optional.empty(), row.pinnedTo()),
                reason,
                position);
    }

    boolean isOwnedBy(EntryId entry) {
        return row.owner().filter(entry::equals).isPresent();
    }
}
