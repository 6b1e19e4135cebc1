package io.postrider.queue;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import javax.jms.JMSException;
import org.apache.activemq.broker.ConnectionContext;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.MessageAck;
import org.apache.activemq.store.MessageStore;
import org.apache.activemq.store.kahadb.QueueIndexReader;
import org.apache.activemq.store.kahadb.QueueIndexReader.Tree;

/** The entries of one queue that wait for their turn or are in work. */
final class TurnEntries {
    private static final int MAX_PRIORITY = 9;
    private static final int KEYS_PER_LOOK = 200;
    private static final long MAX_PAGE_BYTES = 8L << 20;

    private final ActiveMQQueue queue;
    private final EmbeddedBroker broker;
    private final QueueIndexReader index;
    /** Entries that were written up to then may have been removed while the broker held them already. Epoch milliseconds. */
    private volatile long removedUpTo = Long.MIN_VALUE;

    /**
     * A place among the entries: the higher priority comes first.
     *
     * @param sequence the next of this priority is this or higher
     */
    record Position(int priority, long sequence) {
        static final Position START = new Position(MAX_PRIORITY, 0);
    }

    /** An entry, and the position behind it. */
    record Queued(Position next, QueueIndexReader.Key key, ActiveMQBytesMessage message) {}

    TurnEntries(String queue, EmbeddedBroker broker) {
        this.queue = new ActiveMQQueue(queue);
        this.broker = broker;
        this.index = new QueueIndexReader(broker.turn(), this.queue, broker.format());
    }

    /** As the journal has counted it. */
    long count() throws Exception {
        Optional<MessageStore> store = store();
        return store.isEmpty() ? 0 : store.get().getMessageCount();
    }

    private Optional<MessageStore> store() throws Exception {
        return Optional.ofNullable(broker.service().getDestination(queue)).map(Destination::getMessageStore);
    }

    /** Reads on from a position, as long as it is used. Not safe for concurrent use. */
    final class Walk {
        /** Which priorities a tree holds, once it was read from its beginning. */
        private final Set<Tree> known = EnumSet.noneOf(Tree.class);

        private final boolean[] seen = new boolean[MAX_PRIORITY + 1];
        private final Optional<Tree> enteredAmidst;
        private Position position;

        Walk(Position from) {
            this.position = from;
            Tree tree = Tree.of(from.priority());
            boolean atItsBeginning =
                    from.sequence() == 0 && (from.priority() == MAX_PRIORITY || Tree.of(from.priority() + 1) != tree);
            this.enteredAmidst = atItsBeginning ? Optional.empty() : Optional.of(tree);
        }

        /** The next entries; none when that was all. */
        List<Queued> next(int max) throws IOException {
            List<Queued> page = new ArrayList<>();
            long bytes = 0;
            while (page.size() < max && bytes < MAX_PAGE_BYTES && position.priority() >= 0) {
                Tree tree = Tree.of(position.priority());
                List<QueueIndexReader.Key> keys =
                        index.keys(tree, position.sequence(), Math.min(KEYS_PER_LOOK, max - page.size()));
                if (keys.isEmpty()) {
                    known.add(tree);
                    position = new Position(nextPriority(tree), 0);
                    continue;
                }
                for (QueueIndexReader.Key key : keys) {
                    Optional<Queued> read = read(key);
                    position = new Position(position.priority(), key.sequence() + 1);
                    if (read.isPresent()) {
                        page.add(read.get());
                        bytes += read.get().message().getContent().getLength();
                        if (bytes >= MAX_PAGE_BYTES) {
                            break;
                        }
                    }
                }
            }
            return page;
        }

        private Optional<Queued> read(QueueIndexReader.Key key) throws IOException {
            Optional<ActiveMQBytesMessage> message = index.load(key).map(ActiveMQBytesMessage.class::cast);
            if (message.isEmpty()) {
                return Optional.empty();
            }
            int priority = message.get().getPriority();
            seen[priority] = true;
            return priority == position.priority()
                    ? Optional.of(new Queued(new Position(priority, key.sequence() + 1), key, message.get()))
                    : Optional.empty();
        }

        private int nextPriority(Tree tree) {
            int next = position.priority() - 1;
            boolean isKnown = known.contains(tree) && !enteredAmidst.equals(Optional.of(tree));
            while (next >= 0 && Tree.of(next) == tree && !seen[next] && isKnown) {
                next--;
            }
            return next;
        }
    }

    /** Finds an entry, by reading until it is there. */
    Optional<ActiveMQBytesMessage> find(Predicate<ActiveMQBytesMessage> wanted) throws IOException {
        Walk walk = new Walk(Position.START);
        for (List<Queued> page = walk.next(KEYS_PER_LOOK); !page.isEmpty(); page = walk.next(KEYS_PER_LOOK)) {
            for (Queued entry : page) {
                if (wanted.test(entry.message())) {
                    return Optional.of(entry.message());
                }
            }
        }
        return Optional.empty();
    }

    /** The first entry of each priority group that the condition holds for, which gets the JMS ids. */
    List<ActiveMQBytesMessage> firstOfEachTree(Predicate<String> condition) throws IOException {
        List<ActiveMQBytesMessage> first = new ArrayList<>();
        for (Tree tree : Tree.values()) {
            Optional<ActiveMQBytesMessage> found = Optional.empty();
            long from = 0;
            List<QueueIndexReader.Key> keys = index.keys(tree, from, KEYS_PER_LOOK);
            while (found.isEmpty() && !keys.isEmpty()) {
                for (QueueIndexReader.Key key : keys) {
                    if (found.isEmpty() && condition.test(key.messageId())) {
                        found = index.load(key).map(ActiveMQBytesMessage.class::cast);
                    }
                }
                from = keys.get(keys.size() - 1).sequence() + 1;
                keys = index.keys(tree, from, KEYS_PER_LOOK);
            }
            found.ifPresent(first::add);
        }
        return first;
    }

    /**
     * Removes entries; when it returns, that is on disk. What the broker or a consumer holds of them in memory is to be dropped when it comes: see {@link
     * #isRemoved}.
     */
    void remove(List<Queued> entries) throws Exception {
        Optional<MessageStore> store = store();
        if (store.isEmpty() || entries.isEmpty()) {
            return;
        }
        long latest = removedUpTo;
        for (Queued entry : entries) {
            latest = Math.max(latest, EntryMessage.writtenAt(entry.message()).toEpochMilli());
        }
        removedUpTo = latest;
        for (int i = 0; i < entries.size(); i++) {
            remove(store.get(), entries.get(i).message(), i == entries.size() - 1);
        }
    }

    /** An entry that a consumer acknowledges is gone at once, and not when the broker comes to it. */
    void acknowledged(javax.jms.Message message) throws Exception {
        Optional<MessageStore> store = store();
        if (store.isPresent()) {
            remove(store.get(), (ActiveMQBytesMessage) message, false);
        }
    }

    private void remove(MessageStore store, ActiveMQBytesMessage message, boolean sync) throws Exception {
        ConnectionContext context = new ConnectionContext();
        context.setBroker(broker.service().getBroker());
        MessageAck ack = new MessageAck(message, MessageAck.STANDARD_ACK_TYPE, 1);
        ack.setResponseRequired(sync);
        store.removeMessage(context, ack);
    }

    /** Whether an entry that the broker gave out was removed from the journal. */
    boolean isRemoved(javax.jms.Message message) throws JMSException {
        if (EntryMessage.writtenAt(message).toEpochMilli() > removedUpTo) {
            return false;
        }
        try {
            return !index.contains(message.getJMSMessageID());
        } catch (IOException e) {
            throw new QueueUnavailableException("look for a message in queue " + queue.getPhysicalName(), e);
        }
    }
}
