package io.postrider.mail;

import java.util.List;
import java.util.Optional;

/** The author of a message: the first address of its one From field (<a href="https://datatracker.ietf.org/doc/html/rfc5322#section-3.6.2">RFC 5322, section 3.6.2</a>). */
public final class Author {
    private Author() {}

    /** Empty when there is no From field, more than one, or one that cannot be read. */
    public static Optional<EmailAddress> of(RawMessage message) {
        List<HeaderField> from = message.all("From");
        if (from.size() != 1) {
            return Optional.empty();
        }
        try {
            List<EmailAddress> addresses = from.get(0).addresses();
            return addresses.isEmpty() ? Optional.empty() : Optional.of(addresses.get(0));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
