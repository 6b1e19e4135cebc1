package io.postrider.dispatch;

import io.postrider.delivery.DeliveryEngine.Load;
import io.postrider.delivery.Lane;
import io.postrider.dispatch.BacklogStore.Resting;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.mail.MessageId;
import io.postrider.route.Hop;
import io.postrider.trace.EntryId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What rests outside of the window, as there is no room for it where it goes, or nobody answers there: a queue for each {@link Lane}. What a mail costs here does not
 * depend on how many others rest: it is written once, and comes into work when its turn has come.
 *
 * <p>A backlog is tried out by its first entry alone. When that goes well, more are taken, one more for each that did not have to wait for a connection; when it
 * does not, the others stay where they are. An entry that finds no room after all is put back, which writes nothing. An entry whose time is over is taken whatever
 * holds the others up.
 *
 * <p>Safe for concurrent use; {@link #take} is for one thread.
 */
public final class Backlogs {
    private static final Logger LOGGER = System.getLogger(Backlogs.class.getName());
    /** Entries of one backlog that are in work at a time, where all of them are to be looked at. */
    private static final int LOOKED_AT = 16;

    private static final Duration SHORT_WAIT = Duration.ofSeconds(1);
    private static final Duration LONG_WAIT = Duration.ofSeconds(2);
    private static final Duration MOMENT = Duration.ofMillis(50);
    /** How long an empty one is kept, so that it is not made anew all the time. */
    private static final Duration KEPT_EMPTY = Duration.ofMinutes(1);

    private static final Duration BETWEEN_PEEKS = Duration.ofSeconds(1);
    private static final int MAX_DOUBLINGS = 20;

    /**
     * @param most backlogs at a time; beyond them, mail is put off as if there were none
     * @param shareMessages transactions of one lane that wait in the window, of those that have to wait for long
     * @param shareBytes bytes of them
     * @param firstPause after an entry has failed that was to try a backlog out; twice as long each further time
     * @param longestPause such a pause does not grow beyond
     */
    public record Limits(int most, int shareMessages, long shareBytes, Duration firstPause, Duration longestPause) {}

    /**
     * How a backlog stands.
     *
     * @param resting entries, without those in work
     * @param closedUntil none is taken before that, if there is such a time
     * @param why none was taken the last time; empty when that went well
     */
    public record Status(BacklogId backlog, long resting, int inWork, Optional<Instant> closedUntil, String why) {}

    /** An entry that was taken. One of its ends must follow. */
    public final class Taken {
        private final Backlog from;
        private final Resting entry;

        private Taken(Backlog from, Resting entry) {
            this.from = from;
            this.entry = entry;
        }

        public Resting entry() {
            return entry;
        }

        /** Nothing depends on it any more. */
        public void acknowledge() {
            try {
                // Before it is no longer among those taken, so that it is not taken again.
                boolean removed = store.remove(entry.backlog(), entry.id());
                end(from, entry, removed);
            } catch (QueueUnavailableException e) {
                LOGGER.log(Level.WARNING, "entry " + entry.id() + " is not removed yet", e);
                putBackForAMoment();
            }
        }

        /** It cannot be read: it stays where it is until the next start, and holds no other up. */
        public void setAside() {
            Backlogs.this.setAside(from, entry);
        }

        /** It stays where it is, as if it had not been taken. */
        public void putBack() {
            Backlogs.this.putBack(from, entry);
        }

        /** The same; it cannot be told yet what is to be done with it. */
        public void putBackForAMoment() {
            pause(from, MOMENT);
            putBack();
        }
    }

    /** Guarded by the backlogs. */
    private static final class Backlog {
        final BacklogId id;
        /** Sequences of entries in work. */
        final Set<Long> taken = new HashSet<>();
        /** Sequences of entries that cannot be read. */
        final Set<Long> aside = new HashSet<>();
        /** Entries on disk, those in work included; more than there are when a write failed, until the end is reached. */
        long count;

        int arriving;
        /** The next to be taken is there or behind. */
        long cursor;
        /** Whether everything from the cursor on is in work. */
        boolean atItsEnd;
        /** Whether each is to come into work once, whatever holds them up. */
        boolean passing;

        int allowance = 1;
        int failures;
        Instant closedUntil = Instant.MIN;
        String why = "";
        /** When the time of the one at the cursor is over, if that is known. */
        @Nullable
        Instant headUntil;

        Instant peekedAt = Instant.MIN;
        Instant emptySince;

        Backlog(BacklogId id, long count, Instant now) {
            this.id = id;
            this.count = count;
            this.emptySince = now;
        }

        boolean hasMore() {
            return count > taken.size() + aside.size() && !atItsEnd;
        }

        int limit(Instant now) {
            boolean over = headUntil != null && !now.isBefore(headUntil);
            if (passing || over) {
                return LOOKED_AT;
            }
            return now.isBefore(closedUntil) ? 0 : allowance;
        }

        void moveTo(long sequence) {
            cursor = sequence;
            headUntil = null;
            atItsEnd = false;
        }
    }

    private final Clock clock;
    private final BacklogStore store;
    private final Limits limits;
    /** In the order in which it is their turn. Guarded by this. */
    private final Map<BacklogId, Backlog> backlogs = new LinkedHashMap<>();
    /** Nobody forgets a backlog while somebody writes to one. */
    private final ReentrantReadWriteLock writing = new ReentrantReadWriteLock();

    private volatile Set<Lane> lanes = Set.of();
    /** Counts what may let an entry come into work. Guarded by this. */
    private long changes;
    /** How many there were when the last entry was looked for. Guarded by this. */
    private long changesSeen;

    public Backlogs(Clock clock, BacklogStore store, Limits limits) {
        this.clock = clock;
        this.store = store;
        this.limits = limits;
        Instant now = clock.instant();
        store.counts().forEach((id, count) -> backlogs.put(id, new Backlog(id, count, now)));
        findLanes();
    }

    private void findLanes() {
        lanes = backlogs.values().stream()
                .filter(backlog -> backlog.count > 0)
                .map(backlog -> backlog.id.lane())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether one more transaction may wait for a connection in the window: not when others rest that came before it, nor for long when its lane has its share. */
    boolean mayWait(Lane lane, Load load) {
        return mayStay(load) && !lanes.contains(lane);
    }

    /** Whether a transaction may go on waiting: not when others wait for long and it is one of more than the share of a lane. */
    boolean mayStay(Load load) {
        boolean full = load.transactions() >= limits.shareMessages() || load.bytes() >= limits.shareBytes();
        return !full || load.longest().compareTo(LONG_WAIT) <= 0;
    }

    /** Whether there is a backlog of that name, or may be. */
    synchronized boolean takes(BacklogId id) {
        return backlogs.containsKey(id) || backlogs.size() < limits.most();
    }

    /** Writes an entry at the end of a backlog. When it returns, that is on disk. */
    void put(BacklogId id, EntryId entry, MessageId message, byte[] mail, Instant until) {
        writing.readLock().lock();
        try {
            synchronized (this) {
                backlogs.computeIfAbsent(id, any -> new Backlog(id, 0, clock.instant())).arriving++;
            }
            try {
                store.put(id, entry, message, mail, until);
            } finally {
                // When it throws, it may be there all the same.
                arrived(id);
            }
        } finally {
            writing.readLock().unlock();
        }
    }

    private synchronized void arrived(BacklogId id) {
        Backlog backlog = backlogs.get(id);
        backlog.arriving--;
        backlog.atItsEnd = false;
        setCount(backlog, backlog.count + 1);
        changed();
    }

    private void setCount(Backlog backlog, long count) {
        boolean wasEmpty = backlog.count == 0;
        backlog.count = count;
        if (wasEmpty != (count == 0)) {
            backlog.emptySince = clock.instant();
            findLanes();
        }
    }

    private void changed() {
        changes++;
        notifyAll();
    }

    /** Waits until {@link #take} may find something more than the last time, at most as long as given. */
    public synchronized void awaitChange(Duration most) throws InterruptedException {
        Instant now = clock.instant();
        Instant opens = backlogs.values().stream()
                .filter(backlog -> backlog.hasMore() && backlog.closedUntil.isAfter(now))
                .map(backlog -> backlog.closedUntil)
                .min(Comparator.naturalOrder())
                .orElse(Instant.MAX);
        Instant end = now.plus(most);
        long wait = Duration.between(now, opens.isBefore(end) ? opens : end).toMillis();
        long start = System.nanoTime();
        for (long left = wait;
                left > 0 && changesSeen == changes;
                left = wait - (System.nanoTime() - start) / 1_000_000) {
            wait(left);
        }
    }

    /** The next entry that may come into work; none when there is none at present. Blocking; for one thread. */
    public Optional<Taken> take() {
        Instant now = clock.instant();
        for (Backlog backlog : inTurn()) {
            if (isTakenFrom(backlog, now)) {
                Optional<Taken> taken = takeFrom(backlog);
                if (taken.isPresent()) {
                    return taken;
                }
            }
        }
        forgetEmpty(now);
        return Optional.empty();
    }

    private synchronized List<Backlog> inTurn() {
        changesSeen = changes;
        return new ArrayList<>(backlogs.values());
    }

    private boolean isTakenFrom(Backlog backlog, Instant now) {
        long from;
        synchronized (this) {
            if (!backlog.hasMore()) {
                return false;
            }
            if (backlog.taken.size() < backlog.limit(now)) {
                return true;
            }
            if (backlog.headUntil != null || now.isBefore(backlog.peekedAt.plus(BETWEEN_PEEKS))) {
                return false;
            }
            backlog.peekedAt = now;
            from = backlog.cursor;
        }
        Optional<Resting> head = firstNotTaken(backlog, from);
        synchronized (this) {
            if (head.isPresent() && backlog.cursor == from) {
                backlog.headUntil = head.get().until();
            }
            return backlog.taken.size() < backlog.limit(now);
        }
    }

    private Optional<Taken> takeFrom(Backlog backlog) {
        long from;
        synchronized (this) {
            from = backlog.cursor;
            backlog.atItsEnd = true; // until something is put there
        }
        Optional<Resting> next = Optional.empty();
        boolean read = false;
        try {
            next = firstNotTaken(backlog, from);
            read = true;
        } finally {
            synchronized (this) {
                boolean moved = backlog.cursor != from;
                if (!read) {
                    backlog.atItsEnd = false;
                } else if (next.isPresent()) {
                    backlog.taken.add(next.get().sequence());
                    if (moved) {
                        backlog.atItsEnd = false;
                    } else {
                        backlog.moveTo(next.get().sequence() + 1);
                    }
                    backlogs.remove(backlog.id);
                    backlogs.put(backlog.id, backlog);
                } else if (!moved && backlog.atItsEnd && backlog.passing) {
                    backlog.passing = false;
                    backlog.moveTo(0);
                } else if (!moved && backlog.atItsEnd && backlog.taken.isEmpty()) {
                    setCount(backlog, backlog.aside.size());
                }
            }
        }
        return next.map(entry -> new Taken(backlog, entry));
    }

    private Optional<Resting> firstNotTaken(Backlog backlog, long from) {
        long sequence = from;
        while (true) {
            List<Resting> found = store.from(backlog.id, sequence, 1);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            Resting entry = found.get(0);
            synchronized (this) {
                if (!backlog.taken.contains(entry.sequence()) && !backlog.aside.contains(entry.sequence())) {
                    return Optional.of(entry);
                }
            }
            sequence = entry.sequence() + 1;
        }
    }

    private void forgetEmpty(Instant now) {
        if (!writing.writeLock().tryLock()) {
            return;
        }
        try {
            List<BacklogId> unused;
            synchronized (this) {
                unused = backlogs.values().stream()
                        .filter(backlog -> backlog.count == 0
                                && backlog.aside.isEmpty()
                                && backlog.taken.isEmpty()
                                && backlog.arriving == 0
                                && !now.isBefore(backlog.emptySince.plus(KEPT_EMPTY)))
                        .map(backlog -> backlog.id)
                        .toList();
            }
            for (BacklogId id : unused) {
                store.drop(id);
                synchronized (this) {
                    backlogs.remove(id);
                }
            }
        } finally {
            writing.writeLock().unlock();
        }
    }

    private synchronized void end(Backlog backlog, Resting entry, boolean removed) {
        backlog.taken.remove(entry.sequence());
        if (removed) {
            backlog.aside.remove(entry.sequence());
            setCount(backlog, backlog.count - 1);
        }
        changed();
    }

    private synchronized void putBack(Backlog backlog, Resting entry) {
        backlog.taken.remove(entry.sequence());
        if (!backlog.passing && entry.sequence() < backlog.cursor) {
            backlog.moveTo(entry.sequence());
        }
        changed();
    }

    private synchronized void setAside(Backlog backlog, Resting entry) {
        backlog.taken.remove(entry.sequence());
        backlog.aside.add(entry.sequence());
        changed();
    }

    /** How many entries were taken and cannot be read. */
    public synchronized int unreadable() {
        return backlogs.values().stream()
                .mapToInt(backlog -> backlog.aside.size())
                .sum();
    }

    private synchronized void pause(Backlog backlog, Duration pause) {
        Instant until = clock.instant().plus(pause);
        if (backlog.closedUntil.isBefore(until)) {
            backlog.closedUntil = until;
        }
    }

    /** Nobody answers at the end of a lane, nor will be asked before a time. */
    synchronized void closed(Lane lane, Instant until, String why) {
        Instant soonest = clock.instant().plus(MOMENT);
        ofLane(lane).forEach(backlog -> {
            backlog.closedUntil = until.isBefore(soonest) ? soonest : until;
            backlog.why = why;
            backlog.allowance = 1;
        });
    }

    /** One that was taken has waited for a connection for too long. */
    synchronized void full(BacklogId id, String why) {
        Backlog backlog = backlogs.get(id);
        if (backlog != null) {
            pause(backlog, SHORT_WAIT);
            backlog.why = why;
            backlog.allowance = Math.max(1, backlog.allowance / 2);
        }
    }

    /** One that was taken could not be handed over, for a reason that is not its own. */
    synchronized void failed(BacklogId id, String why) {
        Backlog backlog = backlogs.get(id);
        if (backlog != null) {
            Duration pause = limits.firstPause().multipliedBy(1L << Math.min(backlog.failures, MAX_DOUBLINGS));
            pause(backlog, pause.compareTo(limits.longestPause()) < 0 ? pause : limits.longestPause());
            backlog.failures++;
            backlog.why = why;
            backlog.allowance = 1;
        }
    }

    /** One that was taken got an answer of its own, after it had waited for a connection. */
    synchronized void wentWell(BacklogId id, Duration waited) {
        Backlog backlog = backlogs.get(id);
        if (backlog != null) {
            open(backlog);
            if (waited.compareTo(SHORT_WAIT) < 0) {
                backlog.allowance = Math.min(backlog.allowance + 1, limits.shareMessages());
            } else if (waited.compareTo(LONG_WAIT) > 0) {
                backlog.allowance = Math.max(1, backlog.allowance - 1);
            }
            changed();
        }
    }

    /** Somebody answers at the end of a lane. */
    void answered(String hop, String site) {
        if (lanes.isEmpty()) {
            return;
        }
        Lane lane = new Lane(Hop.parse(hop), site);
        if (lanes.contains(lane)) {
            synchronized (this) {
                ofLane(lane).stream()
                        .filter(backlog -> backlog.closedUntil.isAfter(clock.instant()))
                        .forEach(backlog -> {
                            open(backlog);
                            changed();
                        });
            }
        }
    }

    private static void open(Backlog backlog) {
        backlog.closedUntil = Instant.MIN;
        backlog.failures = 0;
        backlog.why = "";
    }

    private List<Backlog> ofLane(Lane lane) {
        return backlogs.values().stream()
                .filter(backlog -> backlog.id.lane().equals(lane))
                .toList();
    }

    /** Has each entry come into work once, as its way may have changed. Returns how many rest. */
    public synchronized long reroute() {
        for (Backlog backlog : backlogs.values()) {
            backlog.passing = backlog.count > 0;
            backlog.moveTo(0);
        }
        changed();
        return size();
    }

    /** How many entries rest or were taken from where they rested. */
    public synchronized long size() {
        return backlogs.values().stream().mapToLong(backlog -> backlog.count).sum();
    }

    /** How many entries are taken from where they rested. */
    public synchronized int inWork() {
        return backlogs.values().stream()
                .mapToInt(backlog -> backlog.taken.size())
                .sum();
    }

    /** Finds an entry. Blocking. */
    public Optional<Resting> find(EntryId entry) {
        return size() == 0 ? Optional.empty() : store.find(entry);
    }

    /** Removes an entry that nothing depends on; one that is in work is left. Blocking. */
    public void remove(Resting entry) {
        Backlog backlog;
        synchronized (this) {
            backlog = backlogs.get(entry.backlog());
            if (backlog == null || !backlog.taken.add(entry.sequence())) {
                return;
            }
        }
        boolean removed = false;
        try {
            removed = store.remove(entry.backlog(), entry.id());
        } finally {
            end(backlog, entry, removed);
        }
    }

    /** The first entries of a backlog from a sequence on, those in work included. Blocking. */
    public List<Resting> from(BacklogId id, long sequence, int max) {
        return store.from(id, sequence, max);
    }

    /** Whether an entry of a backlog is in work. */
    public synchronized boolean isInWork(Resting entry) {
        Backlog backlog = backlogs.get(entry.backlog());
        return backlog != null && backlog.taken.contains(entry.sequence());
    }

    /** All that are not empty, by name. */
    public synchronized List<Status> all() {
        Instant now = clock.instant();
        return backlogs.values().stream()
                .filter(backlog -> backlog.count > 0)
                .map(backlog -> new Status(
                        backlog.id,
                        backlog.count - backlog.taken.size(),
                        backlog.taken.size(),
                        Optional.of(backlog.closedUntil).filter(now::isBefore),
                        backlog.why))
                .sorted(Comparator.comparing(
                                (Status status) -> status.backlog().lane().toString())
                        .thenComparing(status -> status.backlog().schedule()))
                .toList();
    }
}
