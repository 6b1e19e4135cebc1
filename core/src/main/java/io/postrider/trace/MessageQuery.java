package io.postrider.trace;

import io.postrider.mail.EmailAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * Which messages to list; all that is given must hold.
 *
 * @param from accepted at or after
 * @param to accepted before
 * @param state {@code open}, {@code mixed}, or a delivery state that all deliveries share
 * @param limit 1 to 1000
 */
public record MessageQuery(
        Optional<EmailAddress> recipient,
        Optional<EmailAddress> sender,
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<String> state,
        int limit,
        Optional<String> cursor) {
    public MessageQuery {
        if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1 to 1000)");
        }
    }
}
