package io.postrider.queue;

import io.postrider.dispatch.BacklogId;
import io.postrider.dispatch.BacklogStore.Resting;
import io.postrider.dispatch.Backlogs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The entries of one queue that rest in backlogs, those that were taken from there included: backlog by backlog, each in its order. */
final class RestingEntries {
    private final Optional<Backlogs> backlogs;

    /**
     * A place among the entries.
     *
     * @param backlog its name in the journal
     * @param sequence the next is this or higher
     */
    record Position(String backlog, long sequence) {
        static final Position START = new Position("", 0);

        static Position behind(Resting entry) {
            return new Position(BacklogJournal.nameOf(entry.backlog()), entry.sequence() + 1);
        }
    }

    /** @param backlogs none for a queue that has none */
    RestingEntries(Optional<Backlogs> backlogs) {
        this.backlogs = backlogs;
    }

    long count() {
        return backlogs.map(Backlogs::size).orElse(0L);
    }

    int inWork() {
        return backlogs.map(Backlogs::inWork).orElse(0);
    }

    /** How many cannot be read. */
    int unreadable() {
        return backlogs.map(Backlogs::unreadable).orElse(0);
    }

    List<Backlogs.Status> all() {
        return backlogs.map(Backlogs::all).orElse(List.of());
    }

    Optional<Resting> first(BacklogId backlog) {
        return backlogs.flatMap(all -> all.from(backlog, 0, 1).stream().findFirst());
    }

    boolean isInWork(Resting entry) {
        return backlogs.orElseThrow().isInWork(entry);
    }

    void remove(Resting entry) {
        backlogs.orElseThrow().remove(entry);
    }

    /** Has each come into work once; returns how many. */
    long bringForward() {
        return backlogs.map(Backlogs::reroute).orElse(0L);
    }

    /** The next entries; none when that was all. */
    List<Resting> page(Position from, int max) {
        List<Resting> page = new ArrayList<>();
        if (backlogs.isEmpty()) {
            return page;
        }
        TreeMap<String, BacklogId> names = new TreeMap<>();
        all().forEach(status -> names.put(BacklogJournal.nameOf(status.backlog()), status.backlog()));
        for (Map.Entry<String, BacklogId> each :
                names.tailMap(from.backlog(), true).entrySet()) {
            long sequence = each.getKey().equals(from.backlog()) ? from.sequence() : 0;
            page.addAll(backlogs.get().from(each.getValue(), sequence, max - page.size()));
            if (page.size() >= max) {
                return page;
            }
        }
        return page;
    }
}
