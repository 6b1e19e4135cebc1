package io.postrider.queue;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import javax.jms.Connection;
import javax.jms.ConnectionFactory;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQSession;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.command.TransactionId;
import org.jspecify.annotations.Nullable;

/**
 * Writes many entries by one write to disk: all of them, in their order, or none; nobody sees one of them before they are on disk. Keeps its connection for the next
 * ones, and makes another after a fault. For one thread at a time; the connection ends with the broker.
 */
final class Transactions {
    private final EmbeddedBroker broker;
    private final ConnectionFactory factory;
    private @Nullable Link link;
    private Optional<TransactionId> transaction = Optional.empty();

    private record Link(Connection connection, Session session, MessageProducer producer) {}

    Transactions(EmbeddedBroker broker) {
        this.broker = broker;
        this.factory = broker.connectionFactory();
    }

    /**
     * Writes; when it returns, all are on disk.
     *
     * @throws QueueUnavailableException when it is not known whether they are
     */
    void write(List<EntryMessage.Outgoing> entries) {
        if (entries.isEmpty()) {
            return;
        }
        Lock whileWritten = broker.unfinished().whileOneIsWritten();
        whileWritten.lock();
        try {
            int firstFile = broker.journalFile();
            write(link == null ? connect() : link, entries);
            broker.forceJournalFiles(firstFile);
        } catch (JMSException | IOException | RuntimeException e) {
            disconnectAfter(e);
            transaction.ifPresent(broker::rollBack);
            throw new QueueUnavailableException("write " + entries.size() + " entries", e);
        } finally {
            transaction = Optional.empty();
            whileWritten.unlock();
        }
    }

    private void write(Link current, List<EntryMessage.Outgoing> entries) throws JMSException {
        try {
            for (EntryMessage.Outgoing entry : entries) {
                send(current, entry);
            }
        } finally {
            // The client forgets it before it knows whether the commit is on disk.
            transaction = Optional.ofNullable(((ActiveMQSession) current.session())
                    .getTransactionContext()
                    .getTransactionId());
        }
        current.session().commit();
    }

    private static void send(Link current, EntryMessage.Outgoing entry) throws JMSException {
        ActiveMQBytesMessage message = (ActiveMQBytesMessage) current.session().createBytesMessage();
        entry.writeTo(message);
        current.producer()
                .send(
                        current.session().createQueue(entry.queue()),
                        message,
                        DeliveryMode.PERSISTENT,
                        entry.priority(),
                        Message.DEFAULT_TIME_TO_LIVE);
    }

    private Link connect() throws JMSException {
        Connection connection = factory.createConnection();
        try {
            connection.start();
            Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
            Link made = new Link(connection, session, session.createProducer(null));
            link = made;
            return made;
        } catch (JMSException e) {
            connection.close();
            throw e;
        }
    }

    /** What the broken transaction holds must not be part of the next one. */
    private void disconnectAfter(Exception failure) {
        Link broken = link;
        link = null;
        if (broken != null) {
            try {
                broken.connection().close();
            } catch (JMSException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
