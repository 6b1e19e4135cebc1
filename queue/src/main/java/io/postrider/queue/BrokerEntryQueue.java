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
import java.util.Enumeration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.jms.Connection;
import javax.jms.ConnectionFactory;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import javax.mail.MessagingException;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.james.queue.api.MailQueueFactory;

/** The spool and what waits to come back to it, as the dispatcher sees them. */
public final class BrokerEntryQueue implements EntryQueue, QueueSurvey, AutoCloseable {
    private final EmbeddedBroker broker;
    private final Clock clock;
    private final String run = UUID.randomUUID().toString();
    private final ConnectionFactory factory;
    private final Producers producers;
    private final WaitingEntries waiting;

    /**
     * @param producers how many may write at the same time
     */
    public BrokerEntryQueue(EmbeddedBroker broker, int producers, Clock clock) {
        this.broker = broker;
        this.clock = clock;
        this.factory = broker.connectionFactory();
        this.waiting = new WaitingEntries(broker);
        try {
            this.producers = new Producers(factory, producers);
        } catch (JMSException e) {
            throw new QueueUnavailableException("connect", e);
        }
    }

    @Override
    public void put(EntryId id, MessageId message, byte[] mail, Optional<Instant> due) {
        send(MailQueueFactory.SPOOL.asString(), id.value(), message.value(), mail, due);
    }

    void send(String queue, String entry, String message, byte[] mail, Optional<Instant> due) {
        Instant now = clock.instant();
        long delay = due.map(time -> time.toEpochMilli() - now.toEpochMilli()).orElse(0L);
        try {
            producers.send(new Producers.Outgoing(queue, entry, message, run, now.toEpochMilli(), mail), delay);
        } catch (JMSException e) {
            throw new QueueUnavailableException("write entry " + entry, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QueueUnavailableException("write entry " + entry, e);
        }
    }

    @Override
    public Optional<Parcel> findWaiting(EntryId id, Instant due) {
        try {
            return waiting.find(id, due).map(WaitingEntries.Waiting::mail).map(MailParcel::read);
        } catch (Exception e) {
            throw new QueueUnavailableException("find entry " + id, e);
        }
    }

    @Override
    public void removeWaiting(EntryId id, Instant due) {
        try {
            waiting.remove(id, due);
        } catch (Exception e) {
            throw new QueueUnavailableException("remove entry " + id, e);
        }
    }

    @Override
    public Optional<Parcel> findQueued(EntryId id) {
        try (Connection connection = factory.createConnection();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                QueueBrowser browser = session.createBrowser(
                        session.createQueue(MailQueueFactory.SPOOL.asString()),
                        EntryMessage.ENTRY + " = '" + id.value() + "'")) {
            connection.start();
            Enumeration<?> found = browser.getEnumeration();
            return found.hasMoreElements()
                    ? Optional.of(MailParcel.read(EntryMessage.mail((Message) found.nextElement())))
                    : Optional.empty();
        } catch (JMSException e) {
            throw new QueueUnavailableException("find entry " + id, e);
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
        try {
            // A JMS browser shows no more than the memory of the queue holds, and says nothing of the rest.
            Destination spool = broker.service().getDestination(new ActiveMQQueue(MailQueueFactory.SPOOL.asString()));
            return spool == null ? Set.of() : new SpoolSurvey(spool.getMessageStore()).present(wanted);
        } catch (Exception e) {
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

    WaitingEntries waiting() {
        return waiting;
    }

    @Override
    public void close() throws IOException {
        try {
            producers.close();
        } catch (JMSException e) {
            throw new IOException("the senders did not close", e);
        }
    }
}
