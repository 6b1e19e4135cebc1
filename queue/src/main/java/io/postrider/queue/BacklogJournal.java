package io.postrider.queue;

import io.postrider.delivery.Lane;
import io.postrider.dispatch.BacklogId;
import io.postrider.dispatch.BacklogStore;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.mail.MessageId;
import io.postrider.route.Hop;
import io.postrider.trace.EntryId;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.jms.JMSException;
import javax.jms.Message;
import org.apache.activemq.broker.ConnectionContext;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ConnectionId;
import org.apache.activemq.command.MessageAck;
import org.apache.activemq.command.ProducerId;
import org.apache.activemq.command.SessionId;
import org.apache.activemq.openwire.OpenWireFormat;
import org.apache.activemq.store.MessageStore;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.apache.activemq.store.kahadb.QueueIndexReader;
import org.apache.activemq.store.kahadb.QueueIndexReader.Tree;
import org.apache.activemq.store.kahadb.disk.journal.Journal.JournalDiskSyncStrategy;

/**
 * The backlogs in a journal of their own, so that what rests for days does not keep the files of the others; each is a queue of it. The broker does not know them: an
 * entry is read by its place, and nothing of a backlog is in memory but what the cache of the index holds.
 */
public final class BacklogJournal implements BacklogStore, AutoCloseable {
    private static final int INDEX_CACHE_PAGES = 4_000;
    private static final int KEYS_PER_LOOK = 5_000;
    private static final long MAX_PAGE_BYTES = 8L << 20;
    /** Files of the journal that there must be room for. */
    private static final int SPARE_FILES = 2;

    private static final ProducerId PRODUCER = new ProducerId(new SessionId(new ConnectionId("backlog"), 1), 1);

    private final KahaDBPersistenceAdapter journal;
    private final Path directory;
    private final long spareBytes;
    private final Clock clock;
    private final OpenWireFormat format;
    private final Map<BacklogId, Stored> stored = new ConcurrentHashMap<>();

    private record Stored(BacklogId id, ActiveMQQueue queue, MessageStore messages, QueueIndexReader index) {}

    private BacklogJournal(
            KahaDBPersistenceAdapter journal, Path directory, long spareBytes, Clock clock, OpenWireFormat format) {
        this.journal = journal;
        this.directory = directory;
        this.spareBytes = spareBytes;
        this.clock = clock;
        this.format = format;
    }

    /**
     * Opens the journal in the directory, which it locks. It must be closed before the broker is.
     *
     * @param fileSize of one file, in bytes; a file is freed as a whole
     */
    public static BacklogJournal open(Path directory, int fileSize, EmbeddedBroker broker, Clock clock) {
        try {
            Files.createDirectories(directory);
            KahaDBPersistenceAdapter journal = new KahaDBPersistenceAdapter();
            journal.setDirectory(directory.toFile());
            journal.setBrokerService(broker.service());
            journal.setJournalMaxFileLength(fileSize);
            journal.setJournalDiskSyncStrategy(JournalDiskSyncStrategy.ALWAYS.name());
            journal.setIndexCacheSize(INDEX_CACHE_PAGES);
            // As in the journal of what waits for its turn.
            journal.setConcurrentStoreAndDispatchQueues(false);
            journal.setCheckForCorruptJournalFiles(false);
            journal.setChecksumJournalFiles(true);
            journal.start();
            BacklogJournal opened =
                    new BacklogJournal(journal, directory, (long) SPARE_FILES * fileSize, clock, broker.format());
            opened.findStored();
            return opened;
        } catch (Exception e) {
            throw new IllegalStateException("cannot open the backlogs in " + directory, e);
        }
    }

    private void findStored() throws IOException {
        for (ActiveMQDestination destination : journal.getDestinations()) {
            idOf(destination.getPhysicalName()).ifPresent(this::stored);
        }
    }

    private Stored stored(BacklogId id) {
        return stored.computeIfAbsent(id, any -> {
            ActiveMQQueue queue = new ActiveMQQueue(nameOf(id));
            try {
                MessageStore messages = journal.createQueueMessageStore(queue);
                messages.start(); // else what is written is dropped
                return new Stored(id, queue, messages, new QueueIndexReader(journal, queue, format));
            } catch (Exception e) {
                throw unavailable("open", id, e);
            }
        });
    }

    static String nameOf(BacklogId id) {
        return String.join(
                "/", encode(id.lane().hop().toString()), encode(id.lane().site()), encode(id.schedule()));
    }

    private static String encode(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8);
    }

    private static Optional<BacklogId> idOf(String name) {
        String[] parts = name.split("/", -1);
        return parts.length == 3
                ? Optional.of(new BacklogId(new Lane(Hop.parse(decode(parts[0])), decode(parts[1])), decode(parts[2])))
                : Optional.empty();
    }

    private static String decode(String part) {
        return URLDecoder.decode(part, StandardCharsets.UTF_8);
    }

    private static QueueUnavailableException unavailable(String operation, BacklogId id, Exception cause) {
        return new QueueUnavailableException(operation + " the backlog of " + id.lane(), cause);
    }

    @Override
    public Map<BacklogId, Long> counts() {
        Map<BacklogId, Long> counts = new LinkedHashMap<>();
        for (Stored backlog : stored.values()) {
            try {
                long count = count(backlog);
                if (count > 0) {
                    counts.put(backlog.id(), count);
                }
            } catch (IOException e) {
                throw unavailable("count", backlog.id(), e);
            }
        }
        stored.keySet().stream().filter(id -> !counts.containsKey(id)).forEach(this::drop);
        return counts;
    }

    private static long count(Stored backlog) throws IOException {
        long count = 0;
        long from = 0;
        List<QueueIndexReader.Key> keys = backlog.index().keys(Tree.NORMAL, from, KEYS_PER_LOOK);
        while (!keys.isEmpty()) {
            count += keys.size();
            from = keys.get(keys.size() - 1).sequence() + 1;
            keys = backlog.index().keys(Tree.NORMAL, from, KEYS_PER_LOOK);
        }
        return count;
    }

    @Override
    public void put(BacklogId backlog, EntryId id, MessageId message, byte[] mail, Instant until) {
        try {
            if (directory.toFile().getUsableSpace() < spareBytes + mail.length) {
                throw new IOException("the disk is full");
            }
            Stored to = stored(backlog);
            ActiveMQBytesMessage jms = new ActiveMQBytesMessage();
            new EntryMessage.Outgoing(
                            to.queue().getPhysicalName(),
                            id.value(),
                            message.value(),
                            "",
                            clock.instant(),
                            Message.DEFAULT_PRIORITY,
                            Optional.of(until),
                            mail)
                    .writeTo(jms);
            jms.setDestination(to.queue());
            jms.setProducerId(PRODUCER);
            jms.setMessageId(new KeyOfEntry(id));
            jms.setPersistent(true);
            jms.setPriority((byte) Message.DEFAULT_PRIORITY);
            // So that it is on disk when this returns.
            jms.setResponseRequired(true);
            to.messages().addMessage(new ConnectionContext(), jms);
            if (!(jms.getMessageId().getFutureOrSequenceLong() instanceof Long sequence) || sequence < 0) {
                throw new IOException("the journal did not take it");
            }
        } catch (IOException | JMSException e) {
            throw unavailable("write entry " + id + " to", backlog, e);
        }
    }

    /** Has the index find a message by the id of its entry. */
    private static final class KeyOfEntry extends org.apache.activemq.command.MessageId {
        private final String entry;

        KeyOfEntry(EntryId id) {
            super(PRODUCER, 1);
            this.entry = id.value();
        }

        @Override
        public String toProducerKey() {
            return entry;
        }
    }

    @Override
    public List<Resting> from(BacklogId backlog, long sequence, int max) {
        List<Resting> found = new ArrayList<>();
        long bytes = 0;
        long next = sequence;
        Stored from = stored(backlog);
        try {
            while (found.size() < max && bytes < MAX_PAGE_BYTES) {
                List<QueueIndexReader.Key> keys =
                        from.index().keys(Tree.NORMAL, next, Math.min(KEYS_PER_LOOK, max - found.size()));
                if (keys.isEmpty()) {
                    return found;
                }
                for (QueueIndexReader.Key key : keys) {
                    next = key.sequence() + 1;
                    Optional<Resting> entry = read(from, key);
                    entry.ifPresent(found::add);
                    bytes += entry.map(read -> read.mail().length).orElse(0);
                    if (bytes >= MAX_PAGE_BYTES) {
                        return found;
                    }
                }
            }
            return found;
        } catch (IOException | JMSException e) {
            throw unavailable("read", backlog, e);
        }
    }

    private static Optional<Resting> read(Stored from, QueueIndexReader.Key key) throws IOException, JMSException {
        Optional<ActiveMQBytesMessage> loaded = from.index().load(key).map(ActiveMQBytesMessage.class::cast);
        if (loaded.isEmpty()) {
            return Optional.empty();
        }
        ActiveMQBytesMessage message = loaded.get();
        return Optional.of(new Resting(
                from.id(),
                key.sequence(),
                new EntryId(EntryMessage.entry(message)),
                new MessageId(EntryMessage.message(message)),
                EntryMessage.writtenAt(message),
                EntryMessage.due(message).orElseThrow(),
                EntryMessage.mail(message)));
    }

    @Override
    public Optional<Resting> find(EntryId id) {
        for (Stored backlog : stored.values()) {
            try {
                Optional<QueueIndexReader.Key> key = backlog.index().find(id.value());
                Optional<Resting> found = key.isPresent() ? read(backlog, key.get()) : Optional.empty();
                if (found.isPresent()) {
                    return found;
                }
            } catch (IOException | JMSException e) {
                throw unavailable("look for entry " + id + " in", backlog.id(), e);
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean remove(BacklogId backlog, EntryId id) {
        Stored from = stored(backlog);
        try {
            if (!from.index().contains(id.value())) {
                return false;
            }
            MessageAck ack = new MessageAck();
            ack.setAckType(MessageAck.STANDARD_ACK_TYPE);
            ack.setDestination(from.queue());
            ack.setLastMessageId(new KeyOfEntry(id));
            ack.setMessageCount(1);
            from.messages().removeMessage(new ConnectionContext(), ack);
            return true;
        } catch (IOException e) {
            throw unavailable("remove entry " + id + " from", backlog, e);
        }
    }

    @Override
    public void drop(BacklogId backlog) {
        try {
            stored(backlog).messages().removeAllMessages(new ConnectionContext());
            stored.remove(backlog);
        } catch (IOException e) {
            throw unavailable("forget", backlog, e);
        }
    }

    @Override
    public void close() {
        try {
            journal.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the journal of the backlogs did not stop", e);
        }
    }
}
