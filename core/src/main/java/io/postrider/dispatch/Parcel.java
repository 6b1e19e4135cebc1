package io.postrider.dispatch;

import io.postrider.dsn.DsnRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.trace.AcceptedMessage;
import java.time.Instant;
import java.util.Collection;

/** A mail as the queue keeps it, less its recipients: opaque to what decides about its fate. Immutable. */
public interface Parcel {
    /** When the message was accepted: its time to live counts from here. */
    Instant acceptedAt();

    /** What was recorded, or should have been, when the message was accepted for these recipients. */
    AcceptedMessage accepted(Collection<EmailAddress> recipients);

    /** How often it was postponed since the last attempt, as its entry says. */
    int postponements();

    /** The whole mail with these recipients, as {@link EntryQueue#put} takes it. */
    default byte[] serialise(Collection<EmailAddress> recipients) {
        return serialise(recipients, 0);
    }

    /** The same, postponed so often since the last attempt. */
    byte[] serialise(Collection<EmailAddress> recipients, int postponements);

    /** What its submitter wants to be told of it. */
    DsnRequest dsn();

    /** The message alone: header and body, CRLF line ends. */
    byte[] content();
}
