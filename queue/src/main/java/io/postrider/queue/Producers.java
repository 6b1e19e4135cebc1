package io.postrider.queue;

import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import javax.jms.Connection;
import javax.jms.ConnectionFactory;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.jspecify.annotations.Nullable;

/**
 * Senders for as many as send at the same time, each with a connection of its own: so that concurrent sends share one write to disk, where one shared session
 * would have them wait for each other's. A sender whose connection broke makes another for the next mail.
 */
final class Producers implements AutoCloseable {
    private static final long WAIT_SECONDS = 30;

    private final BlockingDeque<Sender> idle;

    Producers(ConnectionFactory factory, int count) throws JMSException {
        this.idle = new LinkedBlockingDeque<>(count);
        for (int i = 0; i < count; i++) {
            Sender sender = new Sender(factory);
            sender.connect();
            idle.add(sender);
        }
    }

    /** Sends; when it returns, the broker has the entry on disk. */
    void send(EntryMessage.Outgoing entry) throws JMSException, InterruptedException {
        Sender sender = idle.pollFirst(WAIT_SECONDS, TimeUnit.SECONDS);
        if (sender == null) {
            throw new JMSException("no sender was free for " + WAIT_SECONDS + " s: the disk is too slow for the load");
        }
        try {
            sender.send(entry);
        } finally {
            // Last in, first out: few senders stay warm.
            idle.addFirst(sender);
        }
    }

    @Override
    public void close() throws JMSException {
        for (Sender sender : idle) {
            sender.disconnect();
        }
    }

    /** Used by one thread at a time. */
    private static final class Sender {
        private final ConnectionFactory factory;
        private @Nullable Link link;

        private record Link(Connection connection, Session session, MessageProducer producer) {}

        Sender(ConnectionFactory factory) {
            this.factory = factory;
        }

        Link connect() throws JMSException {
            Connection connection = factory.createConnection();
            try {
                connection.start();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                link = new Link(connection, session, session.createProducer(null));
                return link;
            } catch (JMSException e) {
                connection.close();
                throw e;
            }
        }

        void send(EntryMessage.Outgoing entry) throws JMSException {
            Link current = link == null ? connect() : link;
            try {
                ActiveMQBytesMessage message =
                        (ActiveMQBytesMessage) current.session().createBytesMessage();
                entry.writeTo(message);
                current.producer()
                        .send(
                                current.session().createQueue(entry.queue()),
                                message,
                                DeliveryMode.PERSISTENT,
                                entry.priority(),
                                Message.DEFAULT_TIME_TO_LIVE);
            } catch (JMSException e) {
                // Whether it is on disk is not known: who asked is told, and nothing is sent twice.
                disconnectAfter(e);
                throw e;
            }
        }

        private void disconnectAfter(JMSException failure) {
            try {
                disconnect();
            } catch (JMSException e) {
                failure.addSuppressed(e);
            }
        }

        void disconnect() throws JMSException {
            Link current = link;
            link = null;
            if (current != null) {
                current.connection().close();
            }
        }
    }
}
