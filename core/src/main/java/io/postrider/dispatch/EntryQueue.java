package io.postrider.dispatch;

import io.postrider.mail.MessageId;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.EntryId;
import java.time.Instant;
import java.util.Optional;

/** The durable queue of entries, as what decides about a mail's fate sees it. Safe for concurrent use; blocking. */
public interface EntryQueue {
    /**
     * Writes an entry. When it returns, the entry is on disk.
     *
     * @param due when it comes back; none means at once
     * @throws QueueUnavailableException when it is not known to be on disk
     */
    void put(EntryId id, MessageId message, byte[] mail, Optional<Instant> due);

    /** Finds the mail of an entry that waits for its time. Empty when it is not there (any more). */
    Optional<Parcel> findWaiting(EntryId id, Instant due);

    /** Finds the mail of an entry that waits for its turn. Empty when it is not there (any more). */
    Optional<Parcel> findQueued(EntryId id);

    /** Removes an entry that waits for its time, if it is there. */
    void removeWaiting(EntryId id, Instant due);

    /** A mail of the service's own, to the recipients that are named, as {@link #put} takes it. */
    byte[] mailOf(AcceptedMessage message, byte[] content);

    /** Reads what {@link Parcel#serialise} wrote. */
    Parcel read(byte[] mail);

    /** The queue gave no answer, or said no. */
    final class QueueUnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public QueueUnavailableException(String operation, Throwable cause) {
            super("queue unavailable: " + operation, cause);
        }
    }
}
