package io.postrider.trace;

import io.postrider.mail.EmailAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * Where a delivery stands in the store.
 *
 * @param attempts made so far
 * @param owner the entry that may attempt it; empty once final
 */
public record DeliveryRow(
        EmailAddress recipient,
        DeliveryState state,
        int attempts,
        Optional<EntryId> owner,
        Optional<Instant> nextAttemptAt) {}
