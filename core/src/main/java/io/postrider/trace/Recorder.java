package io.postrider.trace;

import io.postrider.delivery.Attempt;
import io.postrider.mail.MessageId;
import io.postrider.store.StoreUnavailableException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes changes to the log in batches, in the order of their submission, and says when they are on disk (group commit). Nothing is dropped: while the log does
 * not answer, changes wait. Safe for concurrent use; one thread calls {@link #writeBatch}.
 */
public final class Recorder {
    private static final Logger LOGGER = System.getLogger(Recorder.class.getName());

    private record Item(List<Change> changes, Runnable whenRecorded) {}

    private final MessageLog log;
    private final int maxBatch;
    private final int highWater;
    private final Deque<Item> waiting = new ArrayDeque<>();
    private final Set<MessageId> announced = ConcurrentHashMap.newKeySet();
    private boolean failing;

    /**
     * @param maxBatch the most submissions that go into one transaction
     * @param highWater from how many waiting submissions on {@link #isBehind} says so
     */
    public Recorder(MessageLog log, int maxBatch, int highWater) {
        this.log = log;
        this.maxBatch = maxBatch;
        this.highWater = highWater;
    }

    /** Submits changes that belong together. Does not block. The callback runs once, when they are on disk, and must not block. */
    public synchronized void submit(List<? extends Change> changes, Runnable whenRecorded) {
        waiting.addLast(new Item(List.copyOf(changes), whenRecorded));
        notifyAll();
    }

    /** Says that the acceptance of a message will be submitted as soon as its entry is on disk, and {@link #withdraw} after that. */
    public void announce(MessageId message) {
        announced.add(message);
    }

    /** The acceptance was submitted, or will never be. */
    public void withdraw(MessageId message) {
        announced.remove(message);
    }

    /** Whether the acceptance may still come: what is submitted of the message now would come to the disk before it. */
    public boolean isAnnounced(MessageId message) {
        return announced.contains(message);
    }

    /** Whether the log does not answer, or is so slow that no new mail should be taken. */
    public synchronized boolean isBehind() {
        return failing || waiting.size() >= highWater;
    }

    /** How many submissions wait for the disk. */
    public synchronized int backlog() {
        return waiting.size();
    }

    /**
     * Writes what waits, up to a batch, and waits for something to write at most as long as given. Returns how many submissions were written.
     *
     * @throws StoreUnavailableException when the log does not answer; what was submitted waits on
     */
    public int writeBatch(Duration wait) throws InterruptedException {
        List<Item> batch = nextBatch(wait);
        if (batch.isEmpty()) {
            return 0;
        }
        try {
            log.append(batch.stream().flatMap(item -> item.changes().stream()).toList());
        } catch (StoreUnavailableException | Error e) {
            putBack(batch);
            throw e;
        } catch (RuntimeException e) {
            LOGGER.log(
                    Level.ERROR,
                    "a change in a batch of " + batch.size() + " cannot be recorded; writing them one by one",
                    e);
            return writeSingly(batch);
        }
        setFailing(false);
        batch.forEach(this::tell);
        return batch.size();
    }

    private int writeSingly(List<Item> batch) {
        int written = 0;
        for (int i = 0; i < batch.size(); i++) {
            Item item = batch.get(i);
            try {
                if (write(item)) {
                    written++;
                    tell(item);
                }
            } catch (StoreUnavailableException | Error e) {
                putBack(batch.subList(i, batch.size()));
                throw e;
            }
        }
        setFailing(false);
        return written;
    }

    private boolean write(Item item) {
        try {
            log.append(item.changes());
            return true;
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            LOGGER.log(Level.ERROR, "cannot be recorded, trying again without what peers said: " + item.changes(), e);
        }
        try {
            log.append(item.changes().stream().map(Recorder::withoutWords).toList());
            return true;
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            // Its entry stays unacknowledged: the mail is still in the queue, and comes again after a restart.
            LOGGER.log(Level.ERROR, "cannot be recorded: " + item.changes(), e);
            return false;
        }
    }

    /** What a peer said is the part that a store may choke on, and the outcome counts more: without it, the mail would be sent again. */
    private static Change withoutWords(Change change) {
        return change instanceof Change.Step step
                ? new Change.Step(
                        step.message(),
                        step.recipient(),
                        step.state(),
                        step.number(),
                        step.attempt().map(Attempt::withoutWords),
                        step.nextAttemptAt(),
                        step.owner(),
                        "the store refused to record what was said",
                        step.at())
                : change;
    }

    private synchronized List<Item> nextBatch(Duration wait) throws InterruptedException {
        long end = System.nanoTime() + wait.toNanos();
        while (waiting.isEmpty()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return List.of();
            }
            wait(left);
        }
        List<Item> batch = new ArrayList<>();
        while (batch.size() < maxBatch && !waiting.isEmpty()) {
            batch.add(waiting.removeFirst());
        }
        return batch;
    }

    private synchronized void putBack(List<Item> batch) {
        for (int i = batch.size() - 1; i >= 0; i--) {
            waiting.addFirst(batch.get(i));
        }
        failing = true;
    }

    private synchronized void setFailing(boolean value) {
        failing = value;
    }

    private void tell(Item item) {
        try {
            item.whenRecorded().run();
        } catch (RuntimeException e) {
            LOGGER.log(Level.ERROR, "the callback of a recorded change failed", e);
        }
    }
}
