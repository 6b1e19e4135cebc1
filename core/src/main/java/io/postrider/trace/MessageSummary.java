package io.postrider.trace;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import java.time.Instant;
import java.util.Optional;

/**
 * A message in a list.
 *
 * @param state {@code open} while any delivery is not final, else the state they share, or {@code mixed}
 * @param recipients how many deliveries it has
 */
public record MessageSummary(
        MessageId id,
        String state,
        String tenant,
        String stream,
        Optional<EmailAddress> sender,
        String subject,
        long size,
        Instant acceptedAt,
        int recipients) {}
