package io.postrider.trace;

import java.util.List;
import java.util.Optional;

/**
 * The mails that were put aside. They come by {@link Change.Held} and go by {@link Change.Released} or {@link #discard}. Safe for concurrent use. Throws {@link
 * io.postrider.store.StoreUnavailableException} when it cannot tell.
 */
public interface HeldMails {
    /** Up to {@code limit} keys, oldest first, from behind the one given. */
    List<EntryId> keys(Optional<EntryId> after, int limit);

    Optional<HeldMail> find(EntryId key);

    long count();

    /** Removes a mail for good: deliveries that it still owns become {@code cancelled}. Returns whether there was one. */
    boolean discard(EntryId key, java.time.Instant at);
}
