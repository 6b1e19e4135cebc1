package io.postrider.queue;

import io.postrider.trace.EntryId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.activemq.broker.scheduler.Job;
import org.apache.activemq.broker.scheduler.JobScheduler;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.openwire.OpenWireFormat;
import org.apache.activemq.util.ByteSequence;

/**
 * Looks into the journal of what waits for its time. The broker finds by time only, so a search needs the time, and reads what is due close to it.
 */
final class WaitingEntries {
    /** The name that the broker gives the scheduler of its JMS messages. */
    private static final String SCHEDULER = "JMS";
    /** The broker rounds, and counts the delay from when the message came to it. */
    private static final Duration TOLERANCE = Duration.ofSeconds(5);

    private final EmbeddedBroker broker;

    /** An entry that waits. */
    record Waiting(String jobId, String queue, String entry, String message, Instant due, byte[] mail) {}

    WaitingEntries(EmbeddedBroker broker) {
        this.broker = broker;
    }

    Optional<Waiting> find(EntryId id, Instant due) throws Exception {
        for (Job job : scheduler().getAllJobs(millis(due.minus(TOLERANCE)), millis(due.plus(TOLERANCE)))) {
            Waiting waiting = read(job);
            if (waiting.entry().equals(id.value())) {
                return Optional.of(waiting);
            }
        }
        return Optional.empty();
    }

    boolean remove(EntryId id, Instant due) throws Exception {
        Optional<Waiting> found = find(id, due);
        if (found.isPresent()) {
            remove(found.get());
        }
        return found.isPresent();
    }

    void remove(Waiting waiting) throws Exception {
        scheduler().remove(waiting.jobId());
    }

    /** Everything that waits to go to a queue. The caller must know that it is little. */
    List<Waiting> all(String queue) throws Exception {
        List<Waiting> all = new ArrayList<>();
        for (Job job : scheduler().getAllJobs()) {
            Waiting waiting = read(job);
            if (waiting.queue().equals(queue)) {
                all.add(waiting);
            }
        }
        return all;
    }

    private JobScheduler scheduler() throws Exception {
        return broker.waiting().getJobScheduler(SCHEDULER);
    }

    private Waiting read(Job job) throws Exception {
        OpenWireFormat format = new OpenWireFormat();
        format.setVersion(broker.service().getStoreOpenWireVersion());
        ActiveMQBytesMessage message = (ActiveMQBytesMessage) format.unmarshal(new ByteSequence(job.getPayload()));
        return new Waiting(
                job.getJobId(),
                message.getDestination().getPhysicalName(),
                message.getStringProperty(EntryMessage.ENTRY),
                message.getStringProperty(EntryMessage.MESSAGE),
                EntryMessage.due(message),
                EntryMessage.mail(message));
    }

    private static long millis(Instant time) {
        return time.toEpochMilli();
    }
}
