package io.postrider.queue;

import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.ConnectionFactory;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ScheduledMessage;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.util.ByteSequence;

/**
 * Senders for as many as send at the same time, each with a connection of its own: so that concurrent sends share one write to disk, where one shared session
 * would have them wait for each other's.
 */
final class Producers implements AutoCloseable {
    private static final long WAIT_SECONDS = 30;

    private record Sender(Connection connection, Session session, MessageProducer producer) {}

    /** A message to send: the mail, and the properties that it is found by. */
    record Outgoing(String queue, String entry, String message, String run, long writtenAtMillis, byte[] mail) {}

    private final BlockingDeque<Sender> idle;

    Producers(ConnectionFactory factory, int count) throws JMSException {
        this.idle = new LinkedBlockingDeque<>(count);
        for (int i = 0; i < count; i++) {
            Connection connection = factory.createConnection();
            connection.start();
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = session.createProducer(null);
            producer.setDeliveryMode(DeliveryMode.PERSISTENT);
            idle.add(new Sender(connection, session, producer));
        }
    }

    /** Sends; when it returns, the broker has the message on disk. A delay of 0 or less means at once. */
    void send(Outgoing outgoing, long delayMillis) throws JMSException, InterruptedException {
        Sender sender = idle.pollFirst(WAIT_SECONDS, TimeUnit.SECONDS);
        if (sender == null) {
            throw new JMSException("no sender was free for " + WAIT_SECONDS + " s: the disk is too slow for the load");
        }
        try {
            sender.producer()
                    .send(sender.session().createQueue(outgoing.queue()), message(sender, outgoing, delayMillis));
        } finally {
            // Last in, first out: few senders stay warm.
            idle.addFirst(sender);
        }
    }

    private static BytesMessage message(Sender sender, Outgoing outgoing, long delayMillis) throws JMSException {
        ActiveMQBytesMessage message = (ActiveMQBytesMessage) sender.session().createBytesMessage();
        message.setContent(new ByteSequence(outgoing.mail()));
        message.setReadOnlyBody(true);
        message.setStringProperty(EntryMessage.ENTRY, outgoing.entry());
        message.setStringProperty(EntryMessage.MESSAGE, outgoing.message());
        message.setStringProperty(EntryMessage.RUN, outgoing.run());
        message.setLongProperty(EntryMessage.WRITTEN_AT, outgoing.writtenAtMillis());
        if (delayMillis > 0) {
            message.setLongProperty(ScheduledMessage.AMQ_SCHEDULED_DELAY, delayMillis);
            message.setLongProperty(EntryMessage.DUE, outgoing.writtenAtMillis() + delayMillis);
        }
        return message;
    }

    @Override
    public void close() throws JMSException {
        for (Sender sender : idle) {
            sender.connection().close();
        }
    }
}
