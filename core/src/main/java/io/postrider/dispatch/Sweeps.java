package io.postrider.dispatch;

import java.util.Optional;

/** Comparisons of what the log says with what the queue holds. */
public interface Sweeps {
    /** What the last comparison found; none before the first has ended. */
    Optional<Sweeper.Report> last();

    /**
     * Compares once. One comparison at a time.
     *
     * @throws io.postrider.store.StoreUnavailableException when the log cannot tell
     * @throws EntryQueue.QueueUnavailableException when the queue cannot tell
     */
    Sweeper.Report run();
}
