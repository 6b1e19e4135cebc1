package io.postrider.dispatch;

import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The entries in work: taken from the queue, not yet acknowledged. Bounded in messages and bytes. Safe for concurrent use. */
final class Window {
    private final int maxEntries;
    private final long maxBytes;
    private final Map<EntryId, Receipt> receipts = new HashMap<>();
    /** Messages whose entries must not be taken into work at present, and how many ask for that. */
    private final Map<MessageId, Integer> suspended = new HashMap<>();

    private long bytes;

    Window(int maxEntries, long maxBytes) {
        this.maxEntries = maxEntries;
        this.maxBytes = maxBytes;
    }

    /** Waits until there is room for one more entry, whatever its size, or the time is over. */
    synchronized boolean awaitRoom(long millis) throws InterruptedException {
        return await(() -> !isFull(), millis);
    }

    /** Waits until no entry is in work, or the time is over. */
    synchronized boolean awaitEmpty(long millis) throws InterruptedException {
        return await(receipts::isEmpty, millis);
    }

    private synchronized boolean await(BooleanSupplier condition, long millis) throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (!condition.getAsBoolean()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    private boolean isFull() {
        return receipts.size() >= maxEntries || bytes >= maxBytes;
    }

    synchronized boolean contains(EntryId entry) {
        return receipts.containsKey(entry);
    }

    synchronized void add(Receipt receipt) {
        receipts.put(receipt.entry(), receipt);
        bytes += receipt.size();
    }

    synchronized void remove(Receipt receipt) {
        if (receipts.remove(receipt.entry()) != null) {
            bytes -= receipt.size();
            notifyAll();
        }
    }

    synchronized Optional<Receipt> find(EntryId entry) {
        return Optional.ofNullable(receipts.get(entry));
    }

    synchronized List<Receipt> all() {
        return List.copyOf(receipts.values());
    }

    synchronized List<Receipt> ofMessage(MessageId message) {
        return receipts.values().stream()
                .filter(receipt -> receipt.message().equals(message))
                .toList();
    }

    synchronized boolean isSuspended(MessageId message) {
        return suspended.containsKey(message);
    }

    synchronized void suspend(MessageId message) {
        suspended.merge(message, 1, Integer::sum);
    }

    synchronized void resume(MessageId message) {
        suspended.computeIfPresent(message, (same, count) -> count == 1 ? null : count - 1);
    }

    synchronized int size() {
        return receipts.size();
    }
}
