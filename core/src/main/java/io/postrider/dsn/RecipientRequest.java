package io.postrider.dsn;

import java.util.Optional;
import java.util.Set;

/**
 * What was wanted of reports with RCPT (<a href="https://datatracker.ietf.org/doc/html/rfc3461#section-4.1">RFC 3461, section 4.1</a>).
 *
 * @param occasions empty when nothing was said, which is not the same as {@link Notify#NEVER}
 * @param originalRecipient type and decoded address, as {@code rfc822;bob@example.com}
 */
public record RecipientRequest(Set<Notify> occasions, Optional<String> originalRecipient) {
    public static final RecipientRequest NONE = new RecipientRequest(Set.of(), Optional.empty());

    public RecipientRequest {
        occasions = Set.copyOf(occasions);
        if (occasions.contains(Notify.NEVER) && occasions.size() > 1) {
            throw new IllegalArgumentException("NOTIFY: " + occasions + " (expected: NEVER alone, or a set of others)");
        }
    }

    boolean wants(Notify what) {
        return occasions.contains(what);
    }
}
