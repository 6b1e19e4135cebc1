package io.postrider.queue;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes entries for all who ask, on threads of its own: what has gathered goes into one transaction, with one write to disk, and the next gather meanwhile. Nobody
 * waits for company: an entry that comes alone is written alone. What waits is bounded by those who ask: the memory of messages that are being accepted, and the
 * threads that wait for an answer. Safe for concurrent use.
 */
final class EntryWriter implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    // More would not make an entry cheaper, and all of them wait for the last.
    private static final int MAX_ENTRIES = 200;
    private static final long MAX_BYTES = 4 * 1024 * 1024;

    private final long patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();
    private final ScheduledExecutorService patrol = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "enqueue-patrol");
        thread.setDaemon(true);
        return thread;
    });
    private boolean closed;

    /** @param since of {@link System#nanoTime} */
    private record Waiting(EntryMessage.Outgoing entry, CompletableFuture<Void> written, long since) {}

    /** @param count threads, each with a transaction of its own */
    EntryWriter(EmbeddedBroker broker, int count) {
        this(broker, count, PATIENCE);
    }

    /** @param patience how long an entry may wait before its transaction begins */
    @SuppressWarnings("FutureReturnValueIgnored") // giveUp throws nothing
    EntryWriter(EmbeddedBroker broker, int count, Duration patience) {
        this.patience = patience.toNanos();
        for (int i = 1; i <= count; i++) {
            Transactions transactions = new Transactions(broker);
            Thread thread = new Thread(() -> run(transactions), "enqueue-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        long tick = Math.min(TimeUnit.SECONDS.toNanos(1), Math.max(1, this.patience / 2));
        patrol.scheduleWithFixedDelay(this::giveUp, tick, tick, TimeUnit.NANOSECONDS);
    }

    /**
     * Asks for an entry to be written. Does not block. What follows on the answer must not block either: it may run on a thread of this writer.
     *
     * @return is done when the entry is on disk, or fails with a {@link QueueUnavailableException} when it is not known to be
     */
    CompletionStage<Void> write(EntryMessage.Outgoing entry) {
        Waiting next = new Waiting(entry, new CompletableFuture<>(), System.nanoTime());
        lock.lock();
        try {
            if (!closed) {
                waiting.addLast(next);
                work.signal();
                return next.written();
            }
        } finally {
            lock.unlock();
        }
        fail(next, new IllegalStateException("the queue is closed"));
        return next.written();
    }

    private void run(Transactions transactions) {
        for (List<Waiting> batch = next(); !batch.isEmpty(); batch = next()) {
            try {
                transactions.write(batch.stream().map(Waiting::entry).toList());
            } catch (RuntimeException | Error e) {
                // Whether they are on disk is not known: who asked is told, and nothing is written twice.
                batch.forEach(entry -> fail(entry, e));
                continue;
            }
            batch.forEach(entry -> entry.written().complete(null));
        }
    }

    /** What goes into one transaction; nothing when this is closed and all is written. */
    private List<Waiting> next() {
        lock.lock();
        try {
            while (waiting.isEmpty() && !closed) {
                work.awaitUninterruptibly();
            }
            List<Waiting> batch = new ArrayList<>();
            long bytes = 0;
            while (!waiting.isEmpty() && batch.size() < MAX_ENTRIES && bytes < MAX_BYTES) {
                Waiting entry = waiting.removeFirst();
                batch.add(entry);
                bytes += entry.entry().mail().length;
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Tells those that have waited too long, while the transactions of others hang. */
    private void giveUp() {
        List<Waiting> late = new ArrayList<>();
        lock.lock();
        try {
            while (!waiting.isEmpty() && System.nanoTime() - waiting.getFirst().since() >= patience) {
                late.add(waiting.removeFirst());
            }
        } finally {
            lock.unlock();
        }
        late.forEach(entry -> fail(
                entry,
                new TimeoutException("not begun within " + Duration.ofNanos(patience)
                        + ": the disk hangs, or is too slow for the load")));
    }

    private static void fail(Waiting waiting, Throwable cause) {
        waiting.written()
                .completeExceptionally(new QueueUnavailableException(
                        "write entry " + waiting.entry().entry(), cause));
    }

    /** Writes what waits, and ends. Does not wait for that longer than an entry does. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            work.signalAll();
        } finally {
            lock.unlock();
        }
        long end = System.nanoTime() + patience;
        try {
            for (Thread thread : threads) {
                TimeUnit.NANOSECONDS.timedJoin(thread, end - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        patrol.shutdownNow();
    }
}
