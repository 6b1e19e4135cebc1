package io.postrider.trace.sql;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.Change;
import io.postrider.trace.EntryId;
import io.postrider.trace.EventType;
import java.time.Instant;
import java.util.Optional;

/**
 * The row of an event.
 *
 * @param step tells events of one type and recipient apart, so that one that is recorded again is known
 */
record RecordedEvent(
        MessageId message, Optional<EmailAddress> recipient, EventType type, String step, Instant at, String detail) {
    /** The step of the events that a message starts with, where earlier releases have written them. */
    static final String ACCEPTANCE = "accepted";

    static RecordedEvent of(Change.Step step) {
        return new RecordedEvent(
                step.message(),
                Optional.of(step.recipient()),
                EventType.valueOf(step.state().name()),
                Integer.toString(step.number()),
                step.at(),
                step.explanation());
    }

    /** An event that belongs to a change of owner. */
    static RecordedEvent of(
            MessageId message, EmailAddress recipient, EventType type, EntryId entry, Instant at, String detail) {
        return new RecordedEvent(message, Optional.of(recipient), type, "entry " + entry, at, detail);
    }
}
