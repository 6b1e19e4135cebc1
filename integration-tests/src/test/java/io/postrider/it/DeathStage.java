package io.postrider.it;

import io.postrider.it.agent.DeathAgent;
import io.postrider.it.agent.DeathAgent.Point;
import java.nio.file.Path;
import java.util.random.RandomGenerator;

/** The stages of a mail's life at which the crash test ends the process. A method that is renamed is never passed, and the test says so. */
enum DeathStage {
    /** Some bytes of a batch may be on disk. */
    IN_SYNC_OF_JOURNAL("org.apache.activemq.util.RecoverableRandomAccessFile", "sync", Point.WITHIN, 100),
    /** Entries are in the journal, and what makes them count is not. */
    IN_TRANSACTION_OF_ENTRIES(
            "org.apache.activemq.store.kahadb.KahaDBStore$KahaDBMessageStore", "addMessage", Point.EXIT, 60),
    /** The entries are on disk, and the broker does not know them yet. */
    AFTER_SYNC_OF_ENTRIES("org.apache.activemq.store.kahadb.KahaDBTransactionStore", "commit", Point.EXIT, 30),
    /** The mail is in the queue, and nobody was told. */
    AFTER_WRITE_OF_ENTRIES("io.postrider.queue.Transactions", "write", Point.EXIT, 30),
    /** The mail is in the queue, its 250 was not written. */
    BEFORE_250("io.postrider.submission.Submissions", "written", Point.EXIT, 60),
    IN_PIPELINE("io.postrider.dispatch.Dispatcher", "keepForRetry", Point.ENTRY, 60),
    END_OF_PIPELINE("io.postrider.dispatch.Dispatcher", "endOfPipeline", Point.ENTRY, 60),
    BEFORE_ATTEMPT("io.postrider.dispatch.Dispatcher", "handOver", Point.ENTRY, 60),
    /** The next hop has said what it has to say, and nobody has noted it. */
    AFTER_REPLY_OF_HOP("io.postrider.dispatch.Attempts", "onAttempt", Point.ENTRY, 60),
    BEFORE_RECORD("io.postrider.trace.sql.SqlMessageLog", "append", Point.ENTRY, 30),
    /** Within a commit of the store, which now and then includes a checkpoint of its write-ahead log. */
    IN_COMMIT_OF_STORE("io.postrider.store.sql.engine.Session", "commit", Point.WITHIN, 60),
    AFTER_RECORD("io.postrider.trace.sql.SqlMessageLog", "append", Point.EXIT, 30),
    BEFORE_ACKNOWLEDGEMENT("io.postrider.dispatch.Receipt", "acknowledge", Point.ENTRY, 60),
    /** The new entry of a deferral is on disk, and not recorded as the owner. */
    DEFERRAL_WRITTEN("io.postrider.queue.BrokerEntryQueue", "put", Point.EXIT, 10),
    /** The new entry of a deferral is recorded as the owner, and the old one not acknowledged. */
    DEFERRAL_RECORDED("io.postrider.dispatch.Departures", "ownerRecorded", Point.ENTRY, 10),
    /** What has waited for its time is in both journals. */
    RELEASE_WRITTEN("io.postrider.queue.Releaser", "copy", Point.EXIT, 2),
    /** Within the write of the journal's index to disk. */
    IN_CHECKPOINT_OF_JOURNAL("org.apache.activemq.store.kahadb.disk.page.PageFile", "flush", Point.WITHIN, 4),
    /** The index is on disk, and the files that nobody needs are still there. */
    BEFORE_CLEAN_UP_OF_JOURNAL(
            "org.apache.activemq.store.kahadb.disk.journal.Journal", "forceRemoveDataFile", Point.ENTRY, 1),
    AFTER_CLEAN_UP_OF_JOURNAL(
            "org.apache.activemq.store.kahadb.disk.journal.Journal", "forceRemoveDataFile", Point.EXIT, 1),
    /** Acknowledgements are written anew, and the file that they were in is still there. */
    IN_COMPACTION_OF_JOURNAL("org.apache.activemq.store.kahadb.MessageDatabase", "forwardAllAcks", Point.EXIT, 1);

    private final String className;
    private final String method;
    private final Point point;
    private final int mostPasses;

    DeathStage(String className, String method, Point point, int mostPasses) {
        this.className = className;
        this.method = method;
        this.point = point;
        this.mostPasses = mostPasses;
    }

    /**
     * The option of a JVM that dies here.
     *
     * @param report is written by it just before that
     */
    String option(Path directory, RandomGenerator random, Path report) {
        return DeathAgent.option(directory, className, method, point, 1 + random.nextInt(mostPasses), report);
    }
}
