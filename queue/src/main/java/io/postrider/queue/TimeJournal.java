package io.postrider.queue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.activemq.broker.scheduler.Job;
import org.apache.activemq.protobuf.Buffer;
import org.apache.activemq.store.kahadb.JournalCommand;
import org.apache.activemq.store.kahadb.data.KahaAddScheduledJobCommand;
import org.apache.activemq.store.kahadb.data.KahaRemoveScheduledJobCommand;
import org.apache.activemq.store.kahadb.disk.journal.Location;
import org.apache.activemq.store.kahadb.disk.page.Transaction;
import org.apache.activemq.store.kahadb.scheduler.JobSchedulerStoreImpl;
import org.apache.activemq.util.ByteSequence;

/**
 * The journal of what waits for its time. Beside what the broker's own does, it can be read a page at a time, counts what it holds, and removes an entry without
 * looking at all the others.
 */
final class TimeJournal extends JobSchedulerStoreImpl {
    private static final int KEYS_PER_LOOK = 10_000;
    private static final ByteSequence NOTHING = new ByteSequence(new byte[0]);

    /** What a thread that walks does with each job, as the broker's own code for it would read all of them into memory. */
    private static final ThreadLocal<Visit> VISIT = new ThreadLocal<>();
    /** What a thread changes, so that the count is that of its scheduler. */
    private static final ThreadLocal<String> CHANGED = new ThreadLocal<>();

    private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();

    /**
     * A place among the jobs of a scheduler.
     *
     * @param time epoch milliseconds
     * @param file and {@code offset}: where the journal has it; jobs of the same time are in this order
     */
    record Position(long time, int file, int offset) {
        static final Position START = new Position(0, -1, -1);

        private boolean isBefore(Location location) {
            return file < location.getDataFileId()
                    || (file == location.getDataFileId() && offset < location.getOffset());
        }
    }

    /** A job as it was written. */
    record Scheduled(Position position, String jobId, ByteSequence payload) {}

    /** Looks at one job after the other, and ends that by {@link Enough}. */
    private interface Visit {
        void visit(Location location) throws IOException;
    }

    /** Sees the jobs of a walk. */
    private interface Walker {
        boolean wantsMoreThan(Location location) throws IOException;
    }

    /** Ends a walk. */
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Enough() {
            super("enough", null, false, false);
        }
    }

    /** The next jobs behind a position, in the order of their time; at least one when there is one. */
    List<Scheduled> page(String scheduler, Position after, int max, long maxBytes) throws Exception {
        List<Scheduled> page = new ArrayList<>();
        long[] bytes = {0};
        walk(scheduler, after, location -> {
            Scheduled job = scheduled(location);
            page.add(job);
            bytes[0] += job.payload().getLength();
            return page.size() < max && bytes[0] < maxBytes;
        });
        return page;
    }

    /** Finds a job by its id between two times, both included. Of all others, nothing is read but the index. */
    Optional<Scheduled> find(String scheduler, String jobId, long from, long to) throws Exception {
        List<Location> locations = new ArrayList<>();
        VISIT.set(locations::add);
        List<Job> jobs;
        try {
            jobs = getJobScheduler(scheduler).getAllJobs(from, to);
        } finally {
            VISIT.remove();
        }
        for (int i = 0; i < jobs.size(); i++) {
            if (jobs.get(i).getJobId().equals(jobId)) {
                return Optional.of(scheduled(locations.get(i)));
            }
        }
        return Optional.empty();
    }

    private Scheduled scheduled(Location location) throws IOException {
        KahaAddScheduledJobCommand job = read(location);
        Buffer payload = job.getPayload();
        return new Scheduled(
                new Position(job.getNextExecutionTime(), location.getDataFileId(), location.getOffset()),
                job.getJobId(),
                new ByteSequence(payload.getData(), payload.getOffset(), payload.getLength()));
    }

    /** Shows the jobs behind a position to the walker, until that has seen enough. */
    private void walk(String scheduler, Position after, Walker walker) throws Exception {
        boolean[] behind = {false};
        VISIT.set(location -> {
            // What comes behind one that is behind the position is so, too.
            behind[0] = behind[0] || after.isBefore(location) || read(location).getNextExecutionTime() > after.time();
            if (behind[0] && !walker.wantsMoreThan(location)) {
                throw new Enough();
            }
        });
        try {
            getJobScheduler(scheduler).getAllJobs(after.time(), Long.MAX_VALUE);
        } catch (Enough e) {
            // That was all that was asked for.
        } finally {
            VISIT.remove();
        }
    }

    private KahaAddScheduledJobCommand read(Location location) throws IOException {
        return (KahaAddScheduledJobCommand) load(location);
    }

    @Override
    protected ByteSequence getPayload(Location location) throws IOException {
        Visit visit = VISIT.get();
        if (visit == null) {
            return super.getPayload(location);
        }
        visit.visit(location);
        return NOTHING;
    }

    /**
     * Removes a job, if it is there.
     *
     * @param sync whether this and all that was removed before is on disk when it returns
     */
    void remove(String scheduler, String jobId, long time, boolean sync) throws IOException {
        KahaRemoveScheduledJobCommand remove = new KahaRemoveScheduledJobCommand();
        remove.setScheduler(scheduler);
        remove.setJobId(jobId);
        remove.setNextExecutionTime(time);
        store(remove, sync);
    }

    /** How many jobs there are. Costs nothing. */
    long count(String scheduler) {
        AtomicLong count = counts.get(scheduler);
        return count == null ? 0 : count.get();
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        startCounting(TimeEntries.schedulerOfTheBroker());
    }

    /** Counts what is there from an earlier run; to be called before the jobs of a scheduler are started. */
    void startCounting(String scheduler) throws Exception {
        writeLockIndex();
        try {
            counts.put(scheduler, new AtomicLong(countAll(scheduler)));
        } finally {
            writeUnlockIndex();
        }
    }

    private long countAll(String scheduler) throws Exception {
        long[] count = {0};
        Location[] last = new Location[1];
        Position after = Position.START;
        do {
            last[0] = null;
            walk(scheduler, after, location -> {
                last[0] = location;
                return ++count[0] % KEYS_PER_LOOK != 0;
            });
            if (last[0] != null) {
                after = new Position(
                        read(last[0]).getNextExecutionTime(), last[0].getDataFileId(), last[0].getOffset());
            }
        } while (last[0] != null);
        return count[0];
    }

    @Override
    protected void process(JournalCommand<?> command, Location location) throws IOException {
        if (command instanceof KahaAddScheduledJobCommand add) {
            CHANGED.set(add.getScheduler());
        } else if (command instanceof KahaRemoveScheduledJobCommand remove) {
            CHANGED.set(remove.getScheduler());
        }
        try {
            super.process(command, location);
        } finally {
            CHANGED.remove();
        }
    }

    /** Called once for each job that is really new. */
    @Override
    protected void incrementJournalCount(Transaction tx, Location location) throws IOException {
        super.incrementJournalCount(tx, location);
        change(1);
    }

    /** Called once for each job that was really there. */
    @Override
    protected void decrementJournalCount(Transaction tx, Location location) throws IOException {
        super.decrementJournalCount(tx, location);
        change(-1);
    }

    private void change(int difference) {
        String scheduler = CHANGED.get();
        AtomicLong count = scheduler == null ? null : counts.get(scheduler);
        if (count != null) {
            count.addAndGet(difference);
        }
    }
}
