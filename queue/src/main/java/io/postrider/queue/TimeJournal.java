package io.postrider.queue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.activemq.broker.scheduler.Job;
import org.apache.activemq.broker.scheduler.JobScheduler;
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
        long bytes = 0;
        JobScheduler jobs = getJobScheduler(scheduler);
        // So that no file goes away whose content is in the index still.
        readLockIndex();
        try {
            Position position = after;
            while (true) {
                for (Location location : behind(jobs, position)) {
                    Scheduled job = scheduled(location);
                    page.add(job);
                    bytes += job.payload().getLength();
                    if (page.size() >= max || bytes >= maxBytes) {
                        return page;
                    }
                }
                OptionalLong next = nextTime(jobs, position.time() + 1);
                if (next.isEmpty()) {
                    return page;
                }
                position = new Position(next.getAsLong(), -1, -1);
            }
        } finally {
            readUnlockIndex();
        }
    }

    /** Where the jobs of the same time are that are behind a position; the index has them in the order in which it came to know them, which is not quite theirs. */
    private List<Location> behind(JobScheduler jobs, Position position) throws Exception {
        List<Location> locations = new ArrayList<>();
        walk(jobs, position.time(), position.time(), locations::add);
        return locations.stream().filter(position::isBefore).sorted().toList();
    }

    /** The time of the first job from a time on. */
    private OptionalLong nextTime(JobScheduler jobs, long from) throws Exception {
        Location[] first = new Location[1];
        walk(jobs, from, Long.MAX_VALUE, location -> {
            first[0] = location;
            throw new Enough();
        });
        return first[0] == null
                ? OptionalLong.empty()
                : OptionalLong.of(read(first[0]).getNextExecutionTime());
    }

    /** Finds a job by its id and time. Of all others of that time, nothing is read but the index. */
    Optional<Scheduled> find(String scheduler, String jobId, long time) throws Exception {
        List<Location> locations = new ArrayList<>();
        JobScheduler scheduled = getJobScheduler(scheduler);
        readLockIndex();
        VISIT.set(locations::add);
        try {
            List<Job> jobs = scheduled.getAllJobs(time, time);
            for (int i = 0; i < jobs.size(); i++) {
                if (jobs.get(i).getJobId().equals(jobId)) {
                    return Optional.of(scheduled(locations.get(i)));
                }
            }
            return Optional.empty();
        } finally {
            VISIT.remove();
            readUnlockIndex();
        }
    }

    private Scheduled scheduled(Location location) throws IOException {
        KahaAddScheduledJobCommand job = read(location);
        Buffer payload = job.getPayload();
        return new Scheduled(
                new Position(job.getNextExecutionTime(), location.getDataFileId(), location.getOffset()),
                job.getJobId(),
                new ByteSequence(payload.getData(), payload.getOffset(), payload.getLength()));
    }

    private static void walk(JobScheduler jobs, long from, long to, Visit visit) throws Exception {
        VISIT.set(visit);
        try {
            jobs.getAllJobs(from, to);
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

    /** Adds a job; when it returns, it is on disk. */
    void add(String scheduler, String jobId, ByteSequence payload, long time) throws IOException {
        KahaAddScheduledJobCommand add = new KahaAddScheduledJobCommand();
        add.setScheduler(scheduler);
        add.setJobId(jobId);
        add.setStartTime(time);
        add.setCronEntry("");
        add.setDelay(0);
        add.setPeriod(0);
        add.setRepeat(0);
        add.setNextExecutionTime(time);
        add.setPayload(new Buffer(payload.getData(), payload.getOffset(), payload.getLength()));
        store(add, true);
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

    /**
     * Lets it be written again after a write has failed, and brings its index to disk; other writes wait meanwhile.
     *
     * @throws IOException when the disk still takes nothing
     */
    void resume() throws IOException {
        checkpointLock.writeLock().lock();
        try {
            getJournal().allowIOResumption();
            getPageFile().allowIOResumption();
            checkpointUpdate(false);
        } finally {
            checkpointLock.writeLock().unlock();
        }
    }

    /**
     * Brings the index to disk, with the place up to which it knows the journal. The broker's own writes that place with the next checkpoint only, but removes files
     * at once: after a death in between, the place was in a file that is not there, and there was no start any more.
     */
    @Override
    protected void checkpointUpdate(boolean cleanup) throws IOException {
        checkpointLock.writeLock().lock();
        try {
            super.checkpointUpdate(false);
            getPageFile().flush();
            if (cleanup) {
                super.checkpointUpdate(true);
            }
        } finally {
            checkpointLock.writeLock().unlock();
        }
    }

    /** How many jobs there are. Costs nothing. */
    long count(String scheduler) {
        AtomicLong count = counts.get(scheduler);
        return count == null ? 0 : count.get();
    }

    /** Counts what is there from an earlier run. The broker does not start these jobs: see {@link Releaser}. */
    JobScheduler open(String scheduler) throws Exception {
        JobScheduler jobs = getJobScheduler(scheduler);
        writeLockIndex();
        try {
            counts.put(scheduler, new AtomicLong(countAll(jobs)));
        } finally {
            writeUnlockIndex();
        }
        return jobs;
    }

    private long countAll(JobScheduler jobs) throws Exception {
        long count = 0;
        long from = 0;
        while (true) {
            List<Location> seen = new ArrayList<>();
            walk(jobs, from, Long.MAX_VALUE, location -> {
                seen.add(location);
                if (seen.size() >= KEYS_PER_LOOK) {
                    throw new Enough();
                }
            });
            if (seen.size() < KEYS_PER_LOOK) {
                return count + seen.size();
            }
            // The last time was perhaps not seen whole: it is counted by itself.
            long last = read(seen.get(seen.size() - 1)).getNextExecutionTime();
            List<Location> ofLast = new ArrayList<>();
            walk(jobs, last, last, ofLast::add);
            int before = seen.size() - ofLast.indexOf(seen.get(seen.size() - 1)) - 1;
            count += before + ofLast.size();
            from = last + 1;
        }
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
