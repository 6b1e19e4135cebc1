package io.postrider.queue;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import java.util.List;
import javax.jms.Connection;
import javax.jms.ConnectionFactory;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.command.ActiveMQBytesMessage;

/** Writes many entries to a queue by one write to disk: all of them, in their order, or none. */
final class Mover {
    private final ConnectionFactory factory;

    Mover(ConnectionFactory factory) {
        this.factory = factory;
    }

    void write(List<EntryMessage.Outgoing> entries) {
        if (entries.isEmpty()) {
            return;
        }
        try (Connection connection = factory.createConnection();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(null)) {
            connection.start();
            for (EntryMessage.Outgoing entry : entries) {
                ActiveMQBytesMessage message = (ActiveMQBytesMessage) session.createBytesMessage();
                entry.writeTo(message);
                producer.send(
                        session.createQueue(entry.queue()),
                        message,
                        DeliveryMode.PERSISTENT,
                        entry.priority(),
                        Message.DEFAULT_TIME_TO_LIVE);
            }
            session.commit();
        } catch (JMSException e) {
            throw new QueueUnavailableException("bring " + entries.size() + " entries forward", e);
        }
    }
}
