package io.postrider.queue;

import io.postrider.bridge.MailCodec;
import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Predicate;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import javax.mail.MessagingException;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.broker.region.Queue;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.james.queue.api.MailQueue.MailQueueException;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.james.queue.api.ManageableMailQueue.DefaultMailQueueItemView;
import org.apache.james.queue.api.ManageableMailQueue.MailQueueItemView;
import org.apache.james.queue.api.ManageableMailQueue.MailQueueIterator;
import org.apache.james.server.core.MailImpl;

/**
 * What an admin sees of a queue, and does to it: what waits for its turn, then what waits for its time. To remove a message of ours is to cancel its deliveries: it
 * stays visible in the trace, and the entry is dropped when its turn comes.
 */
final class QueueAdmin {
    private final String queue;
    private final EmbeddedBroker broker;
    private final BrokerEntryQueue entries;
    private final Optional<Tracking> tracking;

    QueueAdmin(String queue, EmbeddedBroker broker, BrokerEntryQueue entries, Optional<Tracking> tracking) {
        this.queue = queue;
        this.broker = broker;
        this.entries = entries;
        this.tracking = tracking;
    }

    /** What waits for its turn or is in work; not what waits for its time. */
    long size() {
        Optional<Destination> destination = destination();
        return destination
                .map(found -> found.getDestinationStatistics().getMessages().getCount())
                .orElse(0L);
    }

    private Optional<Destination> destination() {
        try {
            return Optional.ofNullable(broker.service().getDestination(new ActiveMQQueue(queue)));
        } catch (Exception e) {
            throw new IllegalStateException("queue " + queue + " cannot be asked", e);
        }
    }

    static Predicate<MailImpl> matching(ManageableMailQueue.Type type, String value) {
        return switch (type) {
            case Name -> mail -> mail.getName().equals(value);
            case Sender -> mail -> mail.getMaybeSender().asString().equalsIgnoreCase(value);
            case Recipient ->
                mail -> mail.getRecipients().stream()
                        .anyMatch(recipient -> recipient.asString().equalsIgnoreCase(value));
        };
    }

    long removeIf(Predicate<MailImpl> condition) throws MailQueueException {
        try {
            return removeWaiting(condition) + cancelQueued(condition) + removePlain(condition);
        } catch (MailQueueException e) {
            throw e;
        } catch (Exception e) {
            throw new MailQueueException("queue " + queue + " could not be changed", e);
        }
    }

    private long removeWaiting(Predicate<MailImpl> condition) throws Exception {
        long removed = 0;
        for (WaitingEntries.Waiting waiting : entries.waiting().all(queue)) {
            if (condition.test(MailCodec.decode(waiting.mail()))) {
                if (!waiting.message().isEmpty()) {
                    cancel(waiting.message(), waiting.entry());
                }
                entries.waiting().remove(waiting);
                removed++;
            }
        }
        return removed;
    }

    private long cancelQueued(Predicate<MailImpl> condition) throws Exception {
        long removed = 0;
        try (Browser browser = new Browser()) {
            while (browser.messages.hasMoreElements()) {
                Message message = (Message) browser.messages.nextElement();
                String id = message.getStringProperty(EntryMessage.MESSAGE);
                if (!id.isEmpty() && condition.test(MailCodec.decode(EntryMessage.mail(message)))) {
                    removed += cancel(id, message.getStringProperty(EntryMessage.ENTRY)) ? 1 : 0;
                }
            }
        }
        return removed;
    }

    private boolean cancel(String message, String entry) {
        return tracking.map(Tracking::operations)
                .map(operations -> operations.cancelEntry(new MessageId(message), new EntryId(entry)))
                .orElse(false);
    }

    private long removePlain(Predicate<MailImpl> condition) throws Exception {
        Optional<Destination> destination = destination();
        if (destination.isEmpty()) {
            return 0;
        }
        Queue region = (Queue) destination.get();
        return region.removeMatchingMessages(
                (context, reference) -> {
                    try {
                        Message message = (Message) reference.getMessage();
                        return message.getStringProperty(EntryMessage.MESSAGE).isEmpty()
                                && condition.test(MailCodec.decode(EntryMessage.mail(message)));
                    } catch (MessagingException e) {
                        throw new IllegalArgumentException("a mail of queue " + queue + " cannot be read", e);
                    }
                },
                -1);
    }

    /** Brings forward what waits for its time. */
    long flush() throws MailQueueException {
        try {
            long flushed = 0;
            for (WaitingEntries.Waiting waiting : entries.waiting().all(queue)) {
                if (waiting.message().isEmpty()) {
                    entries.send(queue, waiting.entry(), "", waiting.mail(), Optional.empty());
                    entries.waiting().remove(waiting);
                } else {
                    tracking.ifPresent(known -> known.operations().retry(new MessageId(waiting.message())));
                }
                flushed++;
            }
            return flushed;
        } catch (Exception e) {
            throw new MailQueueException("queue " + queue + " could not be flushed", e);
        }
    }

    MailQueueIterator browse() throws MailQueueException {
        try {
            return new View(new Browser(), entries.waiting().all(queue).iterator());
        } catch (Exception e) {
            throw new MailQueueException("queue " + queue + " cannot be browsed", e);
        }
    }

    /** A JMS browser with the connection that it needs. */
    private final class Browser implements AutoCloseable {
        final Connection connection;
        final Enumeration<?> messages;

        Browser() throws JMSException {
            this.connection = broker.connectionFactory().createConnection();
            connection.start();
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            QueueBrowser browser = session.createBrowser(session.createQueue(queue));
            this.messages = browser.getEnumeration();
        }

        @Override
        public void close() throws JMSException {
            connection.close();
        }
    }

    private static final class View implements MailQueueIterator {
        private final Browser browser;
        private final Iterator<WaitingEntries.Waiting> waiting;

        View(Browser browser, Iterator<WaitingEntries.Waiting> waiting) {
            this.browser = browser;
            this.waiting = waiting;
        }

        @Override
        public boolean hasNext() {
            return browser.messages.hasMoreElements() || waiting.hasNext();
        }

        @Override
        public MailQueueItemView next() {
            try {
                if (browser.messages.hasMoreElements()) {
                    Message message = (Message) browser.messages.nextElement();
                    return new DefaultMailQueueItemView(MailCodec.decode(EntryMessage.mail(message)));
                }
                WaitingEntries.Waiting next = waiting.next();
                Instant due = next.due();
                return new DefaultMailQueueItemView(MailCodec.decode(next.mail()), due.atZone(ZoneOffset.UTC));
            } catch (MessagingException e) {
                throw new IllegalStateException("a mail of this queue cannot be read", e);
            }
        }

        @Override
        public void close() {
            try {
                browser.close();
            } catch (JMSException e) {
                throw new IllegalStateException("a browser did not close", e);
            }
        }
    }
}
