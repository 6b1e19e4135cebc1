package io.postrider.queue;

import io.postrider.trace.EntryId;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.activemq.broker.scheduler.JobScheduler;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ConnectionId;
import org.apache.activemq.command.MessageId;
import org.apache.activemq.command.ProducerId;
import org.apache.activemq.command.SessionId;
import org.apache.activemq.openwire.OpenWireFormat;
import org.apache.activemq.util.ByteSequence;
import org.apache.activemq.util.IdGenerator;

/** The entries of one queue that wait for their time. Each queue has a scheduler of its own in the broker; a job of it is one entry, and has its id. */
final class TimeEntries {
    private static final IdGenerator IDS = new IdGenerator();
    private static final long MAX_PAGE_BYTES = 8L << 20;

    private final String queue;
    private final TimeJournal journal;
    private final JobScheduler scheduler;
    private final Clock clock;
    private final OpenWireFormat format;
    private final ProducerId producer = new ProducerId(new SessionId(new ConnectionId(IDS.generateId()), 1), 1);
    private final AtomicLong sequence = new AtomicLong();
    private final ReentrantLock moving = new ReentrantLock();
    /** When the first of those is due that were written since the last look. Epoch milliseconds. Guarded by this. */
    private long earliest = Long.MAX_VALUE;

    /** An entry that waits. */
    record Waiting(TimeJournal.Position position, String jobId, ActiveMQBytesMessage message) {}

    private TimeEntries(String queue, EmbeddedBroker broker, JobScheduler scheduler, Clock clock) {
        this.queue = queue;
        this.journal = broker.time();
        this.scheduler = scheduler;
        this.clock = clock;
        this.format = broker.format();
    }

    static TimeEntries of(String queue, EmbeddedBroker broker, Clock clock) throws Exception {
        return new TimeEntries(queue, broker, broker.time().open(queue), clock);
    }

    /** Whoever moves entries to those that wait for their turn holds this from the look to the removal, so that none is moved twice. */
    ReentrantLock moving() {
        return moving;
    }

    long count() {
        return journal.count(queue);
    }

    /** When the next one is due. */
    Optional<Instant> nextDue() throws Exception {
        long next = scheduler.getNextScheduleTime();
        return next < 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(next));
    }

    /** Writes an entry; when it returns, it is on disk. */
    void put(EntryMessage.Outgoing entry) throws Exception {
        ActiveMQBytesMessage message = new ActiveMQBytesMessage();
        entry.writeTo(message);
        message.setDestination(new ActiveMQQueue(queue));
        message.setProducerId(producer);
        message.setMessageId(new MessageId(producer, sequence.incrementAndGet()));
        message.setPersistent(true);
        message.setPriority((byte) entry.priority());
        message.setTimestamp(clock.millis());
        ByteSequence packet = format.marshal(message);
        long due = entry.due().orElseThrow().toEpochMilli();
        journal.add(queue, entry.entry(), packet, due);
        tellDue(due);
    }

    private synchronized void tellDue(long time) {
        if (time < earliest) {
            earliest = time;
            notifyAll();
        }
    }

    /** Those whose time is over. */
    List<Waiting> due(int max) throws Exception {
        synchronized (this) {
            earliest = Long.MAX_VALUE;
        }
        long now = clock.millis();
        List<Waiting> page = page(TimeJournal.Position.START, max);
        page.removeIf(entry -> entry.position().time() > now);
        return page;
    }

    /** Waits until one is due, at most as long as given. */
    void awaitDue(Duration most) throws Exception {
        long now = clock.millis();
        long next = scheduler.getNextScheduleTime();
        long until = Math.min(now + most.toMillis(), next < 0 ? Long.MAX_VALUE : next);
        synchronized (this) {
            for (long left = Math.min(until, earliest) - now; left > 0; left = Math.min(until, earliest) - now) {
                wait(left);
                now = clock.millis();
            }
        }
    }

    /** The next entries behind a position, in the order of their time. */
    List<Waiting> page(TimeJournal.Position after, int max) throws Exception {
        List<Waiting> page = new ArrayList<>();
        for (TimeJournal.Scheduled job : journal.page(queue, after, max, MAX_PAGE_BYTES)) {
            page.add(waiting(job));
        }
        return page;
    }

    private Waiting waiting(TimeJournal.Scheduled job) throws IOException {
        return new Waiting(job.position(), job.jobId(), (ActiveMQBytesMessage) format.unmarshal(job.payload()));
    }

    /** Finds an entry by its time, by which the journal is in order, and its id. */
    Optional<Waiting> find(EntryId id, Instant due) throws Exception {
        Optional<TimeJournal.Scheduled> found = journal.find(queue, id.value(), due.toEpochMilli());
        return found.isPresent() ? Optional.of(waiting(found.get())) : Optional.empty();
    }

    boolean remove(EntryId id, Instant due) throws Exception {
        Optional<Waiting> found = find(id, due);
        if (found.isPresent()) {
            remove(List.of(found.get()));
        }
        return found.isPresent();
    }

    /** Removes entries; when it returns, that is on disk. */
    void remove(List<Waiting> entries) throws Exception {
        for (int i = 0; i < entries.size(); i++) {
            Waiting entry = entries.get(i);
            journal.remove(queue, entry.jobId(), entry.position().time(), i == entries.size() - 1);
        }
    }
}
