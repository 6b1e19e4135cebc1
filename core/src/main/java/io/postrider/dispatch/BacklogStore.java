package io.postrider.dispatch;

import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Entries that rest until there is room for them where they go, on disk, in the order in which they came. Safe for concurrent use; blocking. Throws {@link
 * EntryQueue.QueueUnavailableException} when it cannot tell or cannot write.
 */
public interface BacklogStore {
    /**
     * An entry of a backlog.
     *
     * @param sequence its place: later ones are higher
     * @param writtenAt since when it rests
     * @param until its time is over then
     */
    record Resting(
            BacklogId backlog,
            long sequence,
            EntryId id,
            MessageId message,
            Instant writtenAt,
            Instant until,
            byte[] mail) {}

    /** The backlogs that are not empty, and how many entries each has. */
    Map<BacklogId, Long> counts();

    /** Writes an entry at the end of a backlog. When it returns, that is on disk. */
    void put(BacklogId backlog, EntryId id, MessageId message, byte[] mail, Instant until);

    /** The first entries from a sequence on; fewer than wanted only when there are no more, or they are large. */
    List<Resting> from(BacklogId backlog, long sequence, int max);

    /** Finds an entry. */
    Optional<Resting> find(EntryId id);

    /** Removes an entry, if it is there; a crash may bring it back. Returns whether it was there. */
    boolean remove(BacklogId backlog, EntryId id);

    /** Forgets a backlog that is empty, and that nobody writes to. */
    void drop(BacklogId backlog);
}
