package io.postrider.queue;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.activemq.broker.Broker;
import org.apache.activemq.broker.region.Queue;
import org.apache.activemq.broker.region.cursors.PendingMessageCursor;
import org.apache.activemq.broker.region.cursors.StoreQueueCursor;
import org.apache.activemq.store.kahadb.QueueIndexReader;

/**
 * The broker's own reading of a queue, which bears that messages go away that it has not read yet. It counts what is left to read; a count that never comes back to
 * zero would keep it from holding new messages in memory, so that each would be read from disk.
 */
final class TurnCursor extends StoreQueueCursor {
    private final QueueIndexReader index;

    TurnCursor(Broker broker, Queue queue) {
        super(broker, queue);
        var service = broker.getBrokerService();
        this.index = new QueueIndexReader(
                EmbeddedBroker.turnJournal(service), queue.getActiveMQDestination(), EmbeddedBroker.format(service));
    }

    /** Called by the queue before it reads, while nobody else does. */
    @Override
    public synchronized void reset() {
        super.reset();
        PendingMessageCursor persistent = getPersistent();
        if (persistent.size() > 0 && !persistent.hasMessagesBufferedToDeliver() && isReadToItsEnd()) {
            // Without an iterator and a last message, this counts down and does nothing else.
            persistent.release();
            persistent.next();
            while (persistent.size() > 0) {
                persistent.remove();
            }
            super.reset();
        }
    }

    private boolean isReadToItsEnd() {
        try {
            return index.isReadByBroker();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
