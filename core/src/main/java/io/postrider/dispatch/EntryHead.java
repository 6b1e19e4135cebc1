package io.postrider.dispatch;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.time.Instant;
import java.util.List;

/**
 * What is known of a queue entry before its mail is looked at.
 *
 * @param writtenAt when it was put into the queue
 * @param ofThisRun whether this process put it there, which no clock that was set back can change
 * @param size in bytes, for the bound of the window
 * @param recipients that the entry was written for
 */
public record EntryHead(
        EntryId id, MessageId message, Instant writtenAt, boolean ofThisRun, long size, List<EmailAddress> recipients) {
    public EntryHead {
        recipients = List.copyOf(recipients);
    }

    boolean isFirst() {
        return id.isFirstOf(message);
    }
}
