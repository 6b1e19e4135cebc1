package org.apache.activemq.store.kahadb;

import java.io.IOException;
import java.util.List;
import org.apache.activemq.command.TransactionId;
import org.apache.activemq.store.kahadb.data.KahaTraceCommand;

/**
 * Lets a journal be written again after a write has failed. In this package because the broker's own resumption leaves a gap: acknowledgements are not waited for, so
 * their place in the file stays as the failed write left it, and a replay after a crash would end there. Once the index on disk is newer than that place, no replay
 * comes by.
 */
public final class JournalResumption {
    private JournalResumption() {}

    /**
     * Lets it be written, rolls transactions back, and brings its index to disk; other writes wait meanwhile.
     *
     * @param unfinished transactions that nobody goes on with: a replay would begin with the first of them
     * @throws IOException when the disk still takes nothing
     */
    public static void resume(KahaDBPersistenceAdapter journal, List<TransactionId> unfinished) throws IOException {
        KahaDBStore store = journal.getStore();
        store.checkpointLock.writeLock().lock();
        try {
            store.allowIOResumption();
            for (TransactionId transaction : unfinished) {
                store.createTransactionStore().rollback(transaction);
            }
            // Neither a rollback nor an entry of a transaction moves the place where a replay begins. This record
            // does: behind what the failed write left.
            store.store(new KahaTraceCommand().setMessage("written again"), true, null, null);
            store.checkpointCleanup(false);
        } finally {
            store.checkpointLock.writeLock().unlock();
        }
    }
}
