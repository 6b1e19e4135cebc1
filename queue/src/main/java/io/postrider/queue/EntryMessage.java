package io.postrider.queue;

import java.time.Instant;
import java.util.Optional;
import javax.jms.JMSException;
import javax.jms.Message;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.util.ByteSequence;

/** The names of what stands beside a mail in a JMS message, and how to write and read it. */
final class EntryMessage {
    /** The id of the entry. */
    static final String ENTRY = "PR_ENTRY";
    /** The id of the message; empty for a mail that is not a message of ours. */
    static final String MESSAGE = "PR_MESSAGE";
    /** Epoch milliseconds. */
    static final String WRITTEN_AT = "PR_WRITTEN_AT";

    /** Tells the runs of the process apart, whatever the clock says. */
    static final String RUN = "PR_RUN";
    /** Epoch milliseconds; only for what waits, or waited, for its time: when that is, or was, over. */
    static final String DUE = "PR_DUE";

    private EntryMessage() {}

    /**
     * An entry to be written.
     *
     * @param message the id of the message; empty for a mail that is not a message of ours
     * @param priority of JMS, 0 to 9
     * @param due when its time is, or was, over, if it waits or waited for that
     */
    record Outgoing(
            String queue,
            String entry,
            String message,
            String run,
            Instant writtenAt,
            int priority,
            Optional<Instant> due,
            byte[] mail) {
        void writeTo(ActiveMQBytesMessage jms) throws JMSException {
            jms.setStringProperty(ENTRY, entry);
            jms.setStringProperty(MESSAGE, message);
            jms.setStringProperty(RUN, run);
            jms.setLongProperty(WRITTEN_AT, writtenAt.toEpochMilli());
            if (due.isPresent()) {
                jms.setLongProperty(DUE, due.get().toEpochMilli());
            }
            // To set a property opens the content for writing, and copies what is there: it comes last.
            jms.storeContent();
            jms.setContent(new ByteSequence(mail));
            jms.setReadOnlyBody(true);
        }
    }

    static byte[] mail(Message message) {
        ByteSequence content = ((ActiveMQBytesMessage) message).getContent();
        if (content.getOffset() == 0 && content.getLength() == content.getData().length) {
            return content.getData();
        }
        byte[] copy = new byte[content.getLength()];
        System.arraycopy(content.getData(), content.getOffset(), copy, 0, copy.length);
        return copy;
    }

    static String entry(Message message) throws JMSException {
        return message.getStringProperty(ENTRY);
    }

    /** Empty for a mail that is not a message of ours. */
    static String message(Message message) throws JMSException {
        return message.getStringProperty(MESSAGE);
    }

    static Optional<Instant> due(Message message) throws JMSException {
        return message.propertyExists(DUE)
                ? Optional.of(Instant.ofEpochMilli(message.getLongProperty(DUE)))
                : Optional.empty();
    }

    static Instant writtenAt(Message message) throws JMSException {
        return Instant.ofEpochMilli(message.getLongProperty(WRITTEN_AT));
    }

    /** Since when it waits for its turn, once it does. */
    static Instant inTurnSince(Message message) throws JMSException {
        Instant written = writtenAt(message);
        return due(message).filter(written::isBefore).orElse(written);
    }

    /** The same entry, for its turn now. */
    static Outgoing dueNow(Message message, Instant now) throws JMSException {
        return outgoing(message, Optional.of(now));
    }

    /** The same entry, whose time is over. */
    static Outgoing asWritten(Message message) throws JMSException {
        return outgoing(message, due(message));
    }

    private static Outgoing outgoing(Message message, Optional<Instant> due) throws JMSException {
        return new Outgoing(
                ((ActiveMQBytesMessage) message).getDestination().getPhysicalName(),
                entry(message),
                message(message),
                message.getStringProperty(RUN),
                writtenAt(message),
                message.getJMSPriority(),
                due,
                mail(message));
    }
}
