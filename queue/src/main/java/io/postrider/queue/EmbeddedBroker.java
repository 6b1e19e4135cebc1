package io.postrider.queue;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQPrefetchPolicy;
import org.apache.activemq.ActiveMQSession;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.policy.PolicyEntry;
import org.apache.activemq.broker.region.policy.PolicyMap;
import org.apache.activemq.command.TransactionId;
import org.apache.activemq.openwire.OpenWireFormat;
import org.apache.activemq.store.kahadb.JournalResumption;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.apache.activemq.store.kahadb.disk.journal.Journal;
import org.apache.activemq.store.kahadb.disk.journal.Journal.JournalDiskSyncStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An ActiveMQ broker inside this process. What waits for its turn is in one journal, what waits for its time in another, so that a mail that is put off for days
 * does not keep the journal files of the others. Each send returns after the journal was forced to disk.
 */
public final class EmbeddedBroker implements AutoCloseable {
    /**
     * How the broker uses memory and disk.
     *
     * @param journalFileSize of one journal file, in bytes; a file is freed as a whole
     * @param cleanupInterval between two looks for journal files that nobody needs
     * @param memoryLimit of the messages of one queue that the broker keeps in memory, in bytes
     * @param prefetch how many unacknowledged messages a consumer may hold
     */
    public record Settings(int journalFileSize, Duration cleanupInterval, long memoryLimit, int prefetch) {}

    private static final Logger LOGGER = LoggerFactory.getLogger(EmbeddedBroker.class);
    private static final int INDEX_CACHE_PAGES = 10_000;
    private static final int LOOKS_BEFORE_COMPACTION = 2;

    private final BrokerService broker;
    private final Settings settings;
    private final JournalFaults faults;
    private final UnfinishedTransactions unfinished;
    private final CountDownLatch closing = new CountDownLatch(1);

    private EmbeddedBroker(
            BrokerService broker, JournalFaults faults, UnfinishedTransactions unfinished, Settings settings) {
        this.broker = broker;
        this.faults = faults;
        this.unfinished = unfinished;
        this.settings = settings;
    }

    /** Starts a broker over the directory, which it locks. The name must be unique in this process. */
    public static EmbeddedBroker start(String name, Path directory, Settings settings) {
        try {
            Files.createDirectories(directory);
            BrokerService broker = new BrokerService();
            broker.setBrokerName(name);
            broker.setDataDirectoryFile(directory.toFile());
            broker.setUseJmx(false);
            broker.setAdvisorySupport(false);
            broker.setUseShutdownHook(false);
            KahaDBPersistenceAdapter turn = turnJournal(directory.resolve("turn"), settings);
            TimeJournal time = timeJournal(directory.resolve("time"), settings);
            broker.setPersistenceAdapter(turn);
            broker.setJobSchedulerStore(time);
            UnfinishedTransactions unfinished = new UnfinishedTransactions();
            JournalFaults faults = new JournalFaults(() -> {
                unfinished.end(transactions -> JournalResumption.resume(turn, transactions));
                time.resume();
            });
            broker.setIoExceptionHandler(faults);
            broker.setSchedulerSupport(true);
            broker.setDestinationPolicy(policies(settings));
            broker.getSystemUsage().getMemoryUsage().setLimit(4 * settings.memoryLimit());
            // What the disk has left beside what the journal has already, which is counted too; the defaults are sizes
            // of
            // their own.
            long free = directory.toFile().getUsableSpace();
            long used = sizeOf(Files.createDirectories(directory.resolve("turn")));
            broker.getSystemUsage().getStoreUsage().setLimit((free + used) / 10 * 9);
            broker.getSystemUsage().getTempUsage().setLimit(free / 20);
            // A full disk is an error for the sender, who says 452, not a hang.
            broker.getSystemUsage().setSendFailIfNoSpace(true);
            broker.start();
            if (!broker.waitUntilStarted()) {
                throw new IllegalStateException("the broker over " + directory + " did not start");
            }
            // An index may know more of its journal than a death has left of it, as acknowledgements are not waited
            // for. What is
            // written now takes their place, and would be passed over after another death, unless the index knows
            // better by then.
            turn.checkpoint(false);
            time.checkpointUpdate(false);
            return new EmbeddedBroker(broker, faults, unfinished, settings);
        } catch (Exception e) {
            throw new IllegalStateException("cannot start the broker over " + directory, e);
        }
    }

    private static long sizeOf(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(Path::toFile).mapToLong(File::length).sum();
        }
    }

    private static KahaDBPersistenceAdapter turnJournal(Path directory, Settings settings) {
        KahaDBPersistenceAdapter journal = new KahaDBPersistenceAdapter();
        journal.setDirectory(directory.toFile());
        journal.setJournalMaxFileLength(settings.journalFileSize());
        journal.setJournalDiskSyncStrategy(JournalDiskSyncStrategy.ALWAYS.name());
        journal.setIndexCacheSize(INDEX_CACHE_PAGES);
        journal.setCleanupInterval(settings.cleanupInterval().toMillis());
        // A file is kept for one open mail, the next file for the acknowledgements of those that were in it, and so on,
        // in
        // a chain: it breaks when the acknowledgements are written anew. By default that waits until nothing is
        // written.
        journal.setCompactAcksAfterNoGC(LOOKS_BEFORE_COMPACTION);
        journal.setCompactAcksIgnoresStoreGrowth(true);
        // With concurrent dispatch, a message that is consumed quickly is never written: its 250 would rest on the
        // outcome alone.
        journal.setConcurrentStoreAndDispatchQueues(false);
        // A kill may cut the last write short: nothing of it was answered, and the journal goes on where it began. The
        // full check would refuse to
        // start for it. Checksums are on, and a file that is missing still stops the start.
        journal.setCheckForCorruptJournalFiles(false);
        journal.setChecksumJournalFiles(true);
        return journal;
    }

    private static TimeJournal timeJournal(Path directory, Settings settings) {
        TimeJournal journal = new TimeJournal();
        journal.setDirectory(directory.toFile());
        journal.setJournalMaxFileLength(settings.journalFileSize());
        journal.setEnableJournalDiskSyncs(true);
        journal.setCleanupInterval(settings.cleanupInterval().toMillis());
        return journal;
    }

    private static PolicyMap policies(Settings settings) {
        PolicyEntry policy = new PolicyEntry();
        policy.setQueue(">");
        policy.setMemoryLimit(settings.memoryLimit());
        policy.setQueuePrefetch(settings.prefetch());
        policy.setPrioritizedMessages(true);
        // What does not fit into memory stays on disk. With flow control it is refused.
        policy.setProducerFlowControl(false);
        policy.setPendingQueuePolicy(TurnCursor::new);
        policy.setOptimizedDispatch(true);
        policy.setExpireMessagesPeriod(0);
        PolicyMap policies = new PolicyMap();
        policies.setPolicyEntries(List.of(policy));
        return policies;
    }

    ActiveMQConnectionFactory connectionFactory() {
        ActiveMQConnectionFactory factory =
                new ActiveMQConnectionFactory("vm://" + broker.getBrokerName() + "?create=false&async=false");
        factory.setWatchTopicAdvisories(false);
        factory.setCopyMessageOnSend(false);
        factory.setSendAcksAsync(true);
        factory.setDispatchAsync(false);
        factory.setAlwaysSessionAsync(false);
        factory.setMessagePrioritySupported(true);
        ActiveMQPrefetchPolicy prefetch = new ActiveMQPrefetchPolicy();
        prefetch.setQueuePrefetch(settings.prefetch());
        factory.setPrefetchPolicy(prefetch);
        RedeliveryPolicy redelivery = new RedeliveryPolicy();
        // The default gives up after six and moves the mail where nobody looks.
        redelivery.setMaximumRedeliveries(RedeliveryPolicy.NO_MAXIMUM_REDELIVERIES);
        factory.setRedeliveryPolicy(redelivery);
        return factory;
    }

    static int individualAcknowledge() {
        return ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE;
    }

    BrokerService service() {
        return broker;
    }

    TimeJournal time() {
        try {
            return (TimeJournal) broker.getJobSchedulerStore();
        } catch (Exception e) {
            throw new IllegalStateException("the journal of what waits for its time cannot be had", e);
        }
    }

    KahaDBPersistenceAdapter turn() {
        return turnJournal(broker);
    }

    UnfinishedTransactions unfinished() {
        return unfinished;
    }

    /** Has the journal forget a transaction, now or as soon as it takes something. */
    void rollBack(TransactionId transaction) {
        try {
            turn().createTransactionStore().rollback(transaction);
        } catch (IOException e) {
            LOGGER.debug("transaction {} cannot be rolled back yet", transaction, e);
            unfinished.add(transaction);
        }
    }

    /** The number of the file that the journal of what waits for its turn is written to now. */
    int journalFile() throws IOException {
        return turn().getStore().getJournal().getCurrentDataFileId();
    }

    /**
     * Forces to disk what was written to the journal from that file on, up to the one that is written to now. The broker forces a file that it is done with only as far
     * as the last write that asked for it: the first part of a transaction may be behind that, while its end is forced in the next file.
     *
     * @param from the number of a file
     */
    void forceJournalFiles(int from) throws IOException {
        Journal journal = turn().getStore().getJournal();
        int current = journal.getCurrentDataFileId();
        for (int number = from; number < current; number++) {
            try (FileChannel file = FileChannel.open(journal.getFile(number).toPath(), StandardOpenOption.WRITE)) {
                file.force(false);
            } catch (NoSuchFileException e) {
                LOGGER.debug("journal file {} is not needed any more, or was never used", number, e);
            }
        }
    }

    static KahaDBPersistenceAdapter turnJournal(BrokerService broker) {
        try {
            return (KahaDBPersistenceAdapter) broker.getPersistenceAdapter();
        } catch (IOException e) {
            throw new IllegalStateException("the journal of what waits for its turn cannot be had", e);
        }
    }

    /** How the broker writes messages to its journals. */
    OpenWireFormat format() {
        return format(broker);
    }

    static OpenWireFormat format(BrokerService broker) {
        OpenWireFormat format = new OpenWireFormat();
        format.setVersion(broker.getStoreOpenWireVersion());
        return format;
    }

    /** Whether the broker runs. */
    public boolean isRunning() {
        return broker.isStarted() && !broker.isStopping() && closing.getCount() > 0;
    }

    /** Whether both journals can be written, as far as is known. */
    public boolean isWritable() {
        return !faults.isFaulty();
    }

    /** Waits until it is told to stop, at most as long as given. */
    @SuppressWarnings("ReturnValueIgnored") // isRunning tells
    void awaitClose(Duration most) throws InterruptedException {
        closing.await(most.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Stops the broker. Does nothing when it is stopped. */
    @Override
    public void close() {
        closing.countDown();
        faults.close();
        try {
            broker.stop();
            broker.waitUntilStopped();
        } catch (Exception e) {
            throw new IllegalStateException("the broker did not stop", e);
        }
    }
}
