package io.postrider.queue;

import io.postrider.bridge.AcceptedMail;
import io.postrider.bridge.MailParcel;
import io.postrider.dispatch.EntryQueue;
import io.postrider.dispatch.Parcel;
import io.postrider.dispatch.QueueSurvey;
import io.postrider.mail.MessageId;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.EntryId;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.mail.MessagingException;
import org.apache.james.queue.api.MailQueueFactory;

/** The spool and what waits to come back to it, as the dispatcher sees them. */
public final class BrokerEntryQueue implements EntryQueue, QueueSurvey, AutoCloseable {
    private static final String SPOOL = MailQueueFactory.SPOOL.asString();

    private final EmbeddedBroker broker;
    private final Clock clock;
    private final String run = UUID.randomUUID().toString();
    private final EntryWriter writer;
    private final Map<String, StoredQueue> queues = new ConcurrentHashMap<>();

    /**
     * @param producers how many threads write, each what has gathered
     */
    public BrokerEntryQueue(EmbeddedBroker broker, int producers, Clock clock) {
        this.broker = broker;
        this.clock = clock;
        this.writer = new EntryWriter(broker, producers);
        // What waits for its time is released from now on.
        queue(SPOOL);
    }

    StoredQueue queue(String name) {
        return queues.computeIfAbsent(name, any -> StoredQueue.of(name, broker, clock));
    }

    @Override
    public void put(EntryId id, MessageId message, byte[] mail, Optional<Instant> due) {
        send(SPOOL, id.value(), message.value(), Message.DEFAULT_PRIORITY, mail, due);
    }

    /** @param priority of JMS */
    void send(String queue, String entry, String message, int priority, byte[] mail, Optional<Instant> due) {
        Instant now = clock.instant();
        try {
            if (due.isPresent() && due.get().toEpochMilli() > now.toEpochMilli()) {
                checkWritable(entry);
                queue(queue).time().put(outgoing(queue, entry, message, priority, mail, now, due));
            } else {
                sendNow(queue, entry, message, priority, mail)
                        .toCompletableFuture()
                        .get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QueueUnavailableException("write entry " + entry, e);
        } catch (ExecutionException e) {
            throw new QueueUnavailableException("write entry " + entry, e.getCause());
        } catch (Exception e) {
            throw new QueueUnavailableException("write entry " + entry, e);
        }
    }

    /**
     * Writes an entry whose turn it is, without waiting for it.
     *
     * @param priority of JMS
     * @return as {@link EntryWriter#write}
     */
    CompletionStage<Void> sendNow(String queue, String entry, String message, int priority, byte[] mail) {
        try {
            checkWritable(entry);
        } catch (QueueUnavailableException e) {
            return CompletableFuture.failedStage(e);
        }
        return writer.write(outgoing(queue, entry, message, priority, mail, clock.instant(), Optional.empty()));
    }

    private void checkWritable(String entry) {
        if (!broker.isWritable()) {
            throw new QueueUnavailableException(
                    "write entry " + entry, new IOException("the last write to the journal has failed"));
        }
    }

    private EntryMessage.Outgoing outgoing(
            String queue,
            String entry,
            String message,
            int priority,
            byte[] mail,
            Instant writtenAt,
            Optional<Instant> due) {
        return new EntryMessage.Outgoing(queue, entry, message, run, writtenAt, priority, due, mail);
    }

    @Override
    public Optional<Parcel> findWaiting(EntryId id, Instant due) {
        try {
            return queue(SPOOL)
                    .time()
                    .find(id, due)
                    .map(TimeEntries.Waiting::message)
                    .map(EntryMessage::mail)
                    .map(MailParcel::read);
        } catch (Exception e) {
            throw new QueueUnavailableException("find entry " + id, e);
        }
    }

    @Override
    public void removeWaiting(EntryId id, Instant due) {
        try {
            queue(SPOOL).time().remove(id, due);
        } catch (Exception e) {
            throw new QueueUnavailableException("remove entry " + id, e);
        }
    }

    @Override
    public Optional<Parcel> findQueued(EntryId id) {
        try {
            return queue(SPOOL)
                    .turn()
                    .find(message -> entryOf(message).equals(id.value()))
                    .map(EntryMessage::mail)
                    .map(MailParcel::read);
        } catch (IOException e) {
            throw new QueueUnavailableException("find entry " + id, e);
        }
    }

    private static String entryOf(Message message) {
        try {
            return EntryMessage.entry(message);
        } catch (JMSException e) {
            throw new QueueUnavailableException("read an entry", e);
        }
    }

    @Override
    public byte[] mailOf(AcceptedMessage message, byte[] content) {
        try {
            return AcceptedMail.encode(message, content);
        } catch (MessagingException e) {
            throw new QueueUnavailableException("make a mail of message " + message.id(), e);
        }
    }

    @Override
    public Set<EntryId> present(Collection<EntryId> sought) {
        Set<EntryId> wanted = Set.copyOf(sought);
        Set<EntryId> present = new HashSet<>();
        try {
            queue(SPOOL).turn().find(message -> {
                EntryId entry = new EntryId(entryOf(message));
                if (wanted.contains(entry)) {
                    present.add(entry);
                }
                return present.size() == wanted.size();
            });
            return present;
        } catch (IOException e) {
            throw new QueueUnavailableException("look for " + wanted.size() + " entries", e);
        }
    }

    @Override
    public Parcel read(byte[] mail) {
        return MailParcel.read(mail);
    }

    /** Whether it was written since this object was made. */
    boolean isOfThisRun(Message message) throws JMSException {
        return run.equals(message.getStringProperty(EntryMessage.RUN));
    }

    @Override
    public void close() {
        writer.close();
    }
}
