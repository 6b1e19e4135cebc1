package io.postrider.trace;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the log knows of deliveries that are not final, as a comparison with the queue needs it. Each call reads an index, never a mail. Safe for concurrent use.
 * Throws {@link io.postrider.store.StoreUnavailableException} when it cannot tell.
 */
public interface OpenDeliveries {
    /** A delivery that should have been attempted by now. */
    record Overdue(MessageId message, DeliveryRow row) {
        public EmailAddress recipient() {
            return row.recipient();
        }
    }

    /** A kept mail that no delivery refers to; {@code knownMessage} tells whether the log has deliveries of its message at all. */
    record Orphan(EntryId key, MessageId message, boolean knownMessage) {}

    /**
     * Up to {@code limit} deliveries in state {@code queued}, {@code scheduled} or {@code deferred} whose next attempt was due before the time given, or that have no
     * time and so should go at once, those first that are late for longest, from behind the one given.
     */
    List<Overdue> overdue(Instant before, Optional<Overdue> after, int limit);

    /** Up to {@code limit} mails that were put aside before the time given and that no delivery refers to, oldest first. */
    List<Orphan> orphans(Instant before, int limit);

    /** How many deliveries are in state {@code held} while no mail of theirs is kept. */
    long heldWithoutMail();
}
