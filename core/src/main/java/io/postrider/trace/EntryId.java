package io.postrider.trace;

import io.postrider.mail.MessageId;

/**
 * The id of a queue entry. A message has one entry when it is accepted, of the same id, and a new one each time that recipients of it
 * are put off. The entry that a delivery's row names owns the delivery: no other may attempt it.
 */
public record EntryId(String value) {
    public EntryId {
        if (value.isBlank() || value.length() > 64) {
            throw new IllegalArgumentException("entry id: '" + value + "' (expected: 1 to 64 characters)");
        }
    }

    /** The entry that a message gets when it is accepted. */
    public static EntryId firstOf(MessageId message) {
        return new EntryId(message.value());
    }

    public boolean isFirstOf(MessageId message) {
        return value.equals(message.value());
    }

    @Override
    public String toString() {
        return value;
    }
}
