package io.postrider.trace;

import io.postrider.delivery.Attempt;
import io.postrider.mail.MessageId;
import io.postrider.store.StoreUnavailableException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Writes changes to the log in batches, and says when they are on disk (group commit). Those of a message are written in the order of their submission. Nothing
 * is dropped: while the log does not answer, changes wait. Safe for concurrent use; one thread calls {@link #writeBatch}.
 */
public final class Recorder {
    private static final Logger LOGGER = System.getLogger(Recorder.class.getName());

    /**
     * How the changes are gathered.
     *
     * @param maxBatch the most submissions that go into one transaction
     * @param highWater from how many waiting submissions on {@link #isBehind} says so
     * @param pause between two transactions, unless there is enough for a whole one. What comes after a longer silence is written at once
     * @param patience how long an acceptance waits for the first outcome of its message, which costs half as much when both are written together
     */
    public record Pace(int maxBatch, int highWater, Duration pause, Duration patience) {}

    private record Item(List<Change> changes, Runnable whenRecorded) {}

    /** An acceptance that waits for an outcome, up to a time of the ticker. */
    private record Patient(AcceptedMessage accepted, long until) {
        Item item() {
            return new Item(List.of(new Change.Accepted(accepted)), () -> {});
        }
    }

    private final MessageLog log;
    private final Pace pace;
    private final LongSupplier ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition enough = lock.newCondition();
    private final Condition progress = lock.newCondition();
    private final Deque<Item> waiting = new ArrayDeque<>();
    private final Map<MessageId, Patient> patient = new LinkedHashMap<>();
    private final Set<MessageId> announced = ConcurrentHashMap.newKeySet();
    /** How many submissions have come to those that wait, since the start. */
    private long queued;
    /** How many of them are on disk, or were refused for good. */
    private long settled;

    private boolean failing;
    /** When the last transaction ended. */
    private long lastWritten;

    /** Writes without delay. */
    public Recorder(MessageLog log, int maxBatch, int highWater) {
        this(log, new Pace(maxBatch, highWater, Duration.ZERO, Duration.ZERO), System::nanoTime);
    }

    /** @param ticker the time in nanoseconds from a start of its own, which never goes back */
    public Recorder(MessageLog log, Pace pace, LongSupplier ticker) {
        this.log = log;
        this.pace = pace;
        this.ticker = ticker;
        this.lastWritten = ticker.getAsLong() - pace.pause().toNanos();
    }

    /** Submits changes that belong together. Does not block. The callback runs once, when they are on disk, and must not block. */
    public void submit(List<? extends Change> changes, Runnable whenRecorded) {
        lock.lock();
        try {
            int before = waiting.size();
            for (Change change : changes) {
                Patient acceptance = patient.remove(change.message());
                if (acceptance != null) {
                    enqueue(acceptance.item());
                }
            }
            enqueue(new Item(List.copyOf(changes), whenRecorded));
            wakeFrom(before);
        } finally {
            lock.unlock();
        }
    }

    /** Submits the acceptance of a message whose entry is on disk. Does not block. */
    public void submit(AcceptedMessage accepted) {
        lock.lock();
        try {
            // The map is in the order of time, and one that is there already says the same.
            patient.putIfAbsent(
                    accepted.id(),
                    new Patient(accepted, ticker.getAsLong() + pace.patience().toNanos()));
            if (patient.size() == 1) {
                enough.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void enqueue(Item item) {
        waiting.addLast(item);
        queued++;
    }

    /** The acceptances that wait for an outcome, in the order of their submission. */
    List<AcceptedMessage> heldBack() {
        lock.lock();
        try {
            return patient.values().stream().map(Patient::accepted).toList();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until what has been submitted of these messages is on disk, at most as long as given: their acceptances wait for no outcome any more. It goes with the
     * next transaction, which all that wait share, and what comes later is not waited for.
     */
    void flush(Collection<MessageId> messages, Duration wait) throws InterruptedException {
        long left = wait.toNanos();
        lock.lockInterruptibly();
        try {
            int before = waiting.size();
            for (MessageId message : messages) {
                Patient acceptance = patient.remove(message);
                if (acceptance != null) {
                    enqueue(acceptance.item());
                }
            }
            if (waiting.size() > before) {
                wakeFrom(before);
            }
            long last = queued;
            while (settled < last && left > 0) {
                left = progress.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The writer sleeps while nothing waits, and while less than a batch does. */
    private void wakeFrom(int before) {
        if (before == 0 || waiting.size() >= pace.maxBatch()) {
            enough.signal();
        }
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
    public boolean isBehind() {
        lock.lock();
        try {
            return failing || backlog() >= pace.highWater();
        } finally {
            lock.unlock();
        }
    }

    /** How many submissions wait for the disk. */
    public int backlog() {
        lock.lock();
        try {
            return waiting.size() + patient.size();
        } finally {
            lock.unlock();
        }
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
        written();
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
        written();
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

    private List<Item> nextBatch(Duration wait) throws InterruptedException {
        long end = ticker.getAsLong() + wait.toNanos();
        lock.lockInterruptibly();
        try {
            for (endPatience(); waiting.isEmpty(); endPatience()) {
                long left = end - ticker.getAsLong();
                if (left <= 0) {
                    return List.of();
                }
                enough.await(Math.min(left, leftOfPatience()), TimeUnit.NANOSECONDS);
            }
            long next = lastWritten + pace.pause().toNanos();
            while (waiting.size() < pace.maxBatch() && next - ticker.getAsLong() > 0) {
                enough.await(next - ticker.getAsLong(), TimeUnit.NANOSECONDS);
            }
            List<Item> batch = new ArrayList<>(Math.min(waiting.size(), pace.maxBatch()));
            while (batch.size() < pace.maxBatch() && !waiting.isEmpty()) {
                batch.add(waiting.removeFirst());
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Acceptances whose time is up are written without an outcome. */
    private void endPatience() {
        while (leftOfPatience() <= 0) {
            Iterator<Patient> oldest = patient.values().iterator();
            enqueue(oldest.next().item());
            oldest.remove();
        }
    }

    /** Nanoseconds until the acceptance that has waited longest is to be written. */
    private long leftOfPatience() {
        return patient.isEmpty()
                ? Long.MAX_VALUE
                : patient.values().iterator().next().until() - ticker.getAsLong();
    }

    private void putBack(List<Item> batch) {
        lock.lock();
        try {
            for (int i = batch.size() - 1; i >= 0; i--) {
                waiting.addFirst(batch.get(i));
            }
            failing = true;
            settle();
        } finally {
            lock.unlock();
        }
    }

    private void written() {
        lock.lock();
        try {
            lastWritten = ticker.getAsLong();
            failing = false;
            settle();
        } finally {
            lock.unlock();
        }
    }

    /** No batch is under way now: what does not wait any more has come to its end. */
    private void settle() {
        settled = queued - waiting.size();
        progress.signalAll();
    }

    private void tell(Item item) {
        try {
            item.whenRecorded().run();
        } catch (RuntimeException e) {
            LOGGER.log(Level.ERROR, "the callback of a recorded change failed", e);
        }
    }
}
