package io.postrider.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Comparisons of what the log says with what the queue holds. */
public interface Sweeps {
    /**
     * What a run found, and dealt with.
     *
     * @param checked deliveries that were late, and looked for in the queue
     * @param lost deliveries without an entry, held by this run
     * @param stuck recipients taken out of work by this run
     * @param adopted entries since the start that the log knew nothing of, and that were taken into it
     * @param orphans kept mails that no delivery referred to, discarded by this run
     * @param unknownMails kept mails of messages that the log does not know: left alone, for a person to release or delete
     * @param withoutMail deliveries that are held and have no mail, found by this run or an earlier one
     */
    record Report(
            Instant at,
            Duration duration,
            int checked,
            int lost,
            int stuck,
            long adopted,
            int orphans,
            int unknownMails,
            long withoutMail) {
        /** Whether a person should look. */
        public boolean isAlarm() {
            return lost + stuck + unknownMails > 0 || withoutMail > 0;
        }
    }

    /** What the last comparison found; none before the first has ended. */
    Optional<Report> last();

    /**
     * Compares once. One comparison at a time.
     *
     * @throws io.postrider.store.StoreUnavailableException when the log cannot tell
     * @throws EntryQueue.QueueUnavailableException when the queue cannot tell
     */
    Report run();
}
