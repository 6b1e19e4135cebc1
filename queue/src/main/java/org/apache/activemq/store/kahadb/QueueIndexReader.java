package org.apache.activemq.store.kahadb;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.Message;
import org.apache.activemq.openwire.OpenWireFormat;
import org.apache.activemq.protobuf.Buffer;
import org.apache.activemq.store.kahadb.MessageDatabase.MessageKeys;
import org.apache.activemq.store.kahadb.MessageDatabase.StoredDestination;
import org.apache.activemq.store.kahadb.data.KahaAddMessageCommand;
import org.apache.activemq.store.kahadb.data.KahaDestination;
import org.apache.activemq.store.kahadb.data.KahaUpdateMessageCommand;
import org.apache.activemq.store.kahadb.disk.index.BTreeIndex;
import org.apache.activemq.store.kahadb.disk.journal.Location;
import org.apache.activemq.store.kahadb.disk.page.Transaction;
import org.apache.activemq.util.ByteSequence;

/**
 * Reads the index of a queue without touching what the broker's own reading of it rests on. In this package because the broker offers no such thing: its browser
 * pages everything into memory and ends where that is full, and its only other way to read from a position moves the position of the consumers.
 */
public final class QueueIndexReader {
    /** The index of a queue is three trees, each in the order of arrival; they are read in this order. */
    public enum Tree {
        ABOVE_NORMAL,
        NORMAL,
        BELOW_NORMAL;

        /** The tree that holds messages of a JMS priority. */
        public static Tree of(int priority) {
            if (priority == javax.jms.Message.DEFAULT_PRIORITY) {
                return NORMAL;
            }
            return priority > javax.jms.Message.DEFAULT_PRIORITY ? ABOVE_NORMAL : BELOW_NORMAL;
        }
    }

    /**
     * Where a message is.
     *
     * @param sequence rises with each message of the queue, and is never given again
     * @param messageId of JMS
     */
    public record Key(Tree tree, long sequence, String messageId, Location location) {}

    private final KahaDBStore store;
    private final KahaDestination queue;
    private final OpenWireFormat format;

    /** @param format as the broker writes messages to its journal */
    public QueueIndexReader(KahaDBPersistenceAdapter journal, ActiveMQDestination queue, OpenWireFormat format) {
        this.store = journal.getStore();
        this.queue = store.convert(queue);
        this.format = format;
    }

    /** Up to {@code max} keys of a tree from a sequence on. Other work on the journal waits meanwhile. */
    public List<Key> keys(Tree tree, long from, int max) throws IOException {
        return read(tx -> {
            List<Key> keys = new ArrayList<>();
            StoredDestination stored = store.getExistingStoredDestination(queue, tx);
            if (stored == null) {
                return keys;
            }
            Iterator<Map.Entry<Long, MessageKeys>> entries = index(stored, tree).iterator(tx, from, null);
            while (keys.size() < max && entries.hasNext()) {
                Map.Entry<Long, MessageKeys> entry = entries.next();
                keys.add(new Key(tree, entry.getKey(), entry.getValue().messageId, entry.getValue().location));
            }
            return keys;
        });
    }

    /** The message of a key; empty when it was acknowledged meanwhile. */
    public Optional<Message> load(Key key) throws IOException {
        // With the lock, so that no file goes away whose content is in the index still.
        return read(tx -> {
            StoredDestination stored = store.getExistingStoredDestination(queue, tx);
            if (stored == null || stored.messageIdIndex.get(tx, key.messageId()) == null) {
                return Optional.empty();
            }
            JournalCommand<?> command = store.load(key.location());
            KahaAddMessageCommand added = command instanceof KahaUpdateMessageCommand update
                    ? update.getMessage()
                    : (KahaAddMessageCommand) command;
            Buffer message = added.getMessage();
            return Optional.of((Message)
                    format.unmarshal(new ByteSequence(message.getData(), message.getOffset(), message.getLength())));
        });
    }

    /** Finds the key of a message of normal priority. */
    public Optional<Key> find(String messageId) throws IOException {
        return read(tx -> {
            StoredDestination stored = store.getExistingStoredDestination(queue, tx);
            Long sequence = stored == null ? null : stored.messageIdIndex.get(tx, messageId);
            MessageKeys keys =
                    sequence == null ? null : index(stored, Tree.NORMAL).get(tx, sequence);
            return Optional.ofNullable(keys).map(found -> new Key(Tree.NORMAL, sequence, messageId, found.location));
        });
    }

    /** Whether a message is in the queue and not acknowledged. */
    public boolean contains(String messageId) throws IOException {
        return read(tx -> {
            StoredDestination stored = store.getExistingStoredDestination(queue, tx);
            return stored != null && stored.messageIdIndex.get(tx, messageId) != null;
        });
    }

    /** Whether the broker has read everything that is there, and nothing is about to come. */
    public boolean isReadByBroker() throws IOException {
        return read(tx -> {
            StoredDestination stored = store.getExistingStoredDestination(queue, tx);
            if (stored == null) {
                return true;
            }
            var cursor = stored.orderIndex.cursor;
            return stored.orderIndex.minPendingAdd() == null
                    && isEmptyFrom(tx, stored, Tree.ABOVE_NORMAL, cursor.highPriorityCursorPosition)
                    && isEmptyFrom(tx, stored, Tree.NORMAL, cursor.defaultCursorPosition)
                    && isEmptyFrom(tx, stored, Tree.BELOW_NORMAL, cursor.lowPriorityCursorPosition);
        });
    }

    private static boolean isEmptyFrom(Transaction tx, StoredDestination stored, Tree tree, long from)
            throws IOException {
        return !index(stored, tree).iterator(tx, from, null).hasNext();
    }

    private static BTreeIndex<Long, MessageKeys> index(StoredDestination stored, Tree tree) {
        return switch (tree) {
            case ABOVE_NORMAL -> stored.orderIndex.highPriorityIndex;
            case NORMAL -> stored.orderIndex.defaultPriorityIndex;
            case BELOW_NORMAL -> stored.orderIndex.lowPriorityIndex;
        };
    }

    private <T> T read(Transaction.CallableClosure<T, IOException> reading) throws IOException {
        store.indexLock.lock();
        try {
            return store.pageFile.tx().execute(reading);
        } finally {
            store.indexLock.unlock();
        }
    }
}
