package io.postrider.queue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.activemq.command.TransactionId;

/**
 * Transactions that the journal could not end, as it took nothing: neither their commit nor their rollback is in it. The broker would keep them for ever, and at its
 * next start read the journal from their first entry on, which may be where the write was cut short, and not start. Safe for concurrent use.
 */
final class UnfinishedTransactions {
    /** Ends transactions in a journal that may be written again. */
    @FunctionalInterface
    interface Resumption {
        void resume(List<TransactionId> rolledBack) throws IOException;
    }

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Set<TransactionId> unfinished = new LinkedHashSet<>();

    /** To be held from before the first entry of a transaction until its end, or until it was added here. */
    Lock whileOneIsWritten() {
        return lock.readLock();
    }

    void add(TransactionId transaction) {
        synchronized (unfinished) {
            unfinished.add(transaction);
        }
    }

    /** Ends all of them, while none is written. They stay if that fails. */
    void end(Resumption resumption) throws IOException {
        lock.writeLock().lock();
        try {
            List<TransactionId> all;
            synchronized (unfinished) {
                all = new ArrayList<>(unfinished);
            }
            resumption.resume(all);
            synchronized (unfinished) {
                unfinished.clear();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
