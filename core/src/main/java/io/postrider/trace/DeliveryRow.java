package io.postrider.trace;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import java.time.Instant;
import java.util.Optional;

/**
 * Where a delivery stands in the store.
 *
 * @param attempts made so far
 * @param owner the entry that may attempt it; empty once final
 * @param pinnedTo the hop that an attempt went to whose outcome is unknown: it may have been delivered there, so no other hop may get it
 */
public record DeliveryRow(
        EmailAddress recipient,
        DeliveryState state,
        int attempts,
        Optional<EntryId> owner,
        Optional<Instant> nextAttemptAt,
        Optional<String> pinnedTo) {
    /** A delivery that may go any way. */
    public DeliveryRow(
            EmailAddress recipient,
            DeliveryState state,
            int attempts,
            Optional<EntryId> owner,
            Optional<Instant> nextAttemptAt) {
        this(recipient, state, attempts, owner, nextAttemptAt, Optional.empty());
    }

    /** A delivery that nothing is recorded of belongs to the first entry of its message. */
    public static DeliveryRow first(MessageId message, EmailAddress recipient) {
        return new DeliveryRow(
                recipient, DeliveryState.QUEUED, 0, Optional.of(EntryId.firstOf(message)), Optional.empty());
    }
}
