package io.postrider.dispatch;

import io.postrider.trace.EntryId;
import java.util.Collection;
import java.util.Set;

/** A look over all that the spool holds. Safe for concurrent use; blocking. */
public interface QueueSurvey {
    /**
     * Returns those of the entries that wait for their turn or are in work. Reads the whole spool once, keeping none of it.
     *
     * @throws EntryQueue.QueueUnavailableException when it cannot tell
     */
    Set<EntryId> present(Collection<EntryId> entries);
}
