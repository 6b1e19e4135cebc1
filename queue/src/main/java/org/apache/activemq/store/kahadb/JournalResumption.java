package org.apache.activemq.store.kahadb;

import java.io.IOException;

/**
 * Lets a journal be written again after a write has failed. In this package because the broker's own resumption leaves a gap: acknowledgements are not waited for, so
 * their place in the file stays as the failed write left it, and a replay after a crash would end there. Once the index on disk is newer than that place, no replay
 * comes by.
 */
public final class JournalResumption {
    private JournalResumption() {}

    /**
     * Lets it be written and brings its index to disk; other writes wait meanwhile.
     *
     * @throws IOException when the disk still takes nothing
     */
    public static void resume(KahaDBPersistenceAdapter journal) throws IOException {
        KahaDBStore store = journal.getStore();
        store.checkpointLock.writeLock().lock();
        try {
            store.allowIOResumption();
            store.checkpointCleanup(false);
        } finally {
            store.checkpointLock.writeLock().unlock();
        }
    }
}
