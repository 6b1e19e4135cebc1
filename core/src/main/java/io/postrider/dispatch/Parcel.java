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

    /** The whole mail with these recipients, as {@link EntryQueue#put} takes it. */
    byte[] serialise(Collection<EmailAddress> recipients);

    /** What its submitter wants to be told of it. */
    DsnRequest dsn();

    /** The message alone: header and body, CRLF line ends. */
    byte[] content();
}
