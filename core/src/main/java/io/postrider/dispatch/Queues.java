package io.postrider.dispatch;

import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What an admin sees of the mail queues. Nothing is read whole into memory. Safe for concurrent use; throws {@link EntryQueue.QueueUnavailableException} when a
 * queue cannot tell.
 */
public interface Queues {
    /** Where an entry stands. */
    enum State {
        /** It waits for its turn. */
        WAITING("waiting"),
        /** It was taken, and is not done with. */
        IN_WORK("inWork"),
        /** It rests in a backlog until there is room for it where it goes. */
        RESTING("resting"),
        /** It waits for its time. */
        DELAYED("delayed");

        private final String text;

        State(String text) {
            this.text = text;
        }

        /** Parses what {@code toString} writes. */
        public static State parse(String text) {
            return Arrays.stream(values())
                    .filter(state -> state.text.equals(text))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("state: '" + text + "' (expected one of: "
                            + Arrays.stream(values()).map(State::toString).collect(Collectors.joining(", ")) + ")"));
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * How a queue stands.
     *
     * @param oldest how long the oldest of those that wait for their turn has waited for it; empty when none does
     * @param nextDue when the next of those that wait for their time is due
     */
    record Status(
            String name,
            long waiting,
            long inWork,
            long resting,
            long delayed,
            Optional<Duration> oldest,
            Optional<Instant> nextDue) {
        public long size() {
            return waiting + inWork + resting + delayed;
        }
    }

    /**
     * Mail that rests outside of the work, as there is no room for it where it goes, or nobody answers there.
     *
     * @param site the mail servers that it goes to; empty when the hop is one host
     * @param schedule the retry schedule of its mails
     * @param oldest since when the first of them rests
     * @param closedUntil none is tried before that, if there is such a time
     * @param why the last try failed; empty when it went well
     */
    record Backlog(
            String hop,
            String site,
            String schedule,
            long resting,
            int inWork,
            Optional<Instant> oldest,
            Optional<Instant> closedUntil,
            String why) {}

    /**
     * An entry of a queue.
     *
     * @param message empty when it is not a message of ours
     * @param name James's name of the mail; empty when the mail cannot be read, as sender and recipients are then
     * @param sender empty for the null reverse-path
     * @param due when it waits, or waited, for its time: when that is, or was, over
     * @param enqueuedAt when it was written
     * @param size of the mail with its envelope, in bytes
     */
    record Entry(
            String id,
            Optional<MessageId> message,
            State state,
            Optional<String> name,
            Optional<String> sender,
            List<String> recipients,
            Optional<Instant> due,
            Instant enqueuedAt,
            long size) {
        public Entry {
            recipients = List.copyOf(recipients);
        }
    }

    /** All queues, by name. */
    List<Status> all();

    Optional<Status> find(String name);

    /** The backlogs of a queue that are not empty, by hop and site. */
    Optional<List<Backlog>> backlogs(String name);

    /**
     * A page of what a queue holds: what waits for its turn or is in work, as it comes, then what rests, backlog by backlog, then what waits for its time, the next due first. An entry that stays where
     * it is comes exactly once, whatever else comes and goes. With a state given, a page can hold fewer than asked for, and yet not be the last.
     *
     * @param limit 1 to 1000
     * @param cursor from the page before
     */
    Optional<Page<Entry>> entries(String name, Optional<State> state, int limit, Optional<String> cursor);
}
