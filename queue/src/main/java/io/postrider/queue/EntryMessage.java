package io.postrider.queue;

import java.time.Instant;
import javax.jms.JMSException;
import javax.jms.Message;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.util.ByteSequence;

/** The names of what stands beside a mail in a JMS message, and how to read it. */
final class EntryMessage {
    /** The id of the entry. */
    static final String ENTRY = "PR_ENTRY";
    /** The id of the message; empty for a mail that is not a message of ours. */
    static final String MESSAGE = "PR_MESSAGE";
    /** Epoch milliseconds. */
    static final String WRITTEN_AT = "PR_WRITTEN_AT";

    /** Tells the runs of the process apart, whatever the clock says. */
    static final String RUN = "PR_RUN";
    /** Epoch milliseconds; only for what waits for its time. */
    static final String DUE = "PR_DUE";

    private EntryMessage() {}

    static byte[] mail(Message message) {
        ByteSequence content = ((ActiveMQBytesMessage) message).getContent();
        if (content.getOffset() == 0 && content.getLength() == content.getData().length) {
            return content.getData();
        }
        byte[] copy = new byte[content.getLength()];
        System.arraycopy(content.getData(), content.getOffset(), copy, 0, copy.length);
        return copy;
    }

    static Instant due(Message message) throws JMSException {
        return Instant.ofEpochMilli(message.getLongProperty(DUE));
    }

    static Instant writtenAt(Message message) throws JMSException {
        return Instant.ofEpochMilli(message.getLongProperty(WRITTEN_AT));
    }
}
