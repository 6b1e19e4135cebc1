package io.postrider.delivery.smtp;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Transactions that wait for a connection. Tenants take turns, and what a tenant has goes first come, first served; what has begun before and comes again goes
 * before all. Lives on one event loop.
 */
final class WaitingLine {
    private final Deque<MailTransaction> again = new ArrayDeque<>();
    private final Map<String, Deque<MailTransaction>> byTenant = new LinkedHashMap<>(); // the first one is next
    private int size;
    private long bytes;

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    /** Of the messages. */
    long bytes() {
        return bytes;
    }

    void add(MailTransaction transaction) {
        byTenant.computeIfAbsent(transaction.tenant(), tenant -> new ArrayDeque<>())
                .addLast(transaction);
        count(transaction);
    }

    void addFirst(MailTransaction transaction) {
        again.addFirst(transaction);
        count(transaction);
    }

    /** Whose turn it is. */
    Optional<MailTransaction> next() {
        if (isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(again.isEmpty() ? byTenant.values().iterator().next().getFirst() : again.getFirst());
    }

    /** Takes the one whose turn it is out. */
    MailTransaction remove() {
        MailTransaction taken = again.isEmpty() ? removeOfNextTenant() : again.removeFirst();
        uncount(taken);
        return taken;
    }

    private MailTransaction removeOfNextTenant() {
        Iterator<Map.Entry<String, Deque<MailTransaction>>> tenants =
                byTenant.entrySet().iterator();
        Map.Entry<String, Deque<MailTransaction>> next = tenants.next();
        String tenant = next.getKey();
        Deque<MailTransaction> line = next.getValue();
        MailTransaction taken = line.removeFirst();
        boolean turnPasses = byTenant.size() > 1;
        if (line.isEmpty() || turnPasses) {
            tenants.remove();
        }
        if (!line.isEmpty() && turnPasses) {
            byTenant.put(tenant, line); // behind the other tenants
        }
        return taken;
    }

    /** Takes the latest of the tenant with most waiting out, when that has more than this tenant would have with one more. */
    Optional<MailTransaction> makeRoomFor(String tenant) {
        int mine = byTenant.containsKey(tenant) ? byTenant.get(tenant).size() : 0;
        Optional<Map.Entry<String, Deque<MailTransaction>>> most = byTenant.entrySet().stream()
                .max(Comparator.comparingInt(entry -> entry.getValue().size()));
        if (most.isEmpty() || most.get().getValue().size() <= mine + 1) {
            return Optional.empty();
        }
        MailTransaction latest = most.get().getValue().removeLast();
        uncount(latest);
        return Optional.of(latest);
    }

    /** Those that have not begun, the latest first, and those of who has most waiting before those of others. */
    List<MailTransaction> latestFirst() {
        List<MailTransaction> all = new ArrayList<>();
        byTenant.values().stream()
                .sorted(Comparator.comparingInt((Deque<MailTransaction> line) -> line.size())
                        .reversed())
                .forEach(line -> line.descendingIterator().forEachRemaining(all::add));
        return all;
    }

    /** Takes one out that has not begun. */
    void remove(MailTransaction transaction) {
        Deque<MailTransaction> line = byTenant.get(transaction.tenant());
        if (line != null && line.removeLastOccurrence(transaction)) {
            uncount(transaction);
            if (line.isEmpty()) {
                byTenant.remove(transaction.tenant());
            }
        }
    }

    /** Takes those out whose wait is over. */
    List<MailTransaction> removeOverdue(long nanoTime) {
        List<MailTransaction> overdue = new ArrayList<>();
        Stream.concat(Stream.of(again), byTenant.values().stream())
                .forEach(line -> line.removeIf(transaction -> {
                    boolean isOver = transaction.waitsUntil() - nanoTime <= 0;
                    if (isOver) {
                        overdue.add(transaction);
                    }
                    return isOver;
                }));
        byTenant.values().removeIf(Collection::isEmpty);
        overdue.forEach(this::uncount);
        return overdue;
    }

    /** How long until the first wait is over, in nanoseconds. */
    OptionalLong firstOverdueAfter(long nanoTime) {
        return all().mapToLong(transaction -> transaction.waitsUntil() - nanoTime)
                .min();
    }

    List<MailTransaction> removeAll() {
        List<MailTransaction> rest = all().toList();
        again.clear();
        byTenant.clear();
        size = 0;
        bytes = 0;
        return rest;
    }

    private Stream<MailTransaction> all() {
        return Stream.concat(again.stream(), byTenant.values().stream().flatMap(Deque::stream));
    }

    private void count(MailTransaction transaction) {
        size++;
        bytes += transaction.content().size();
    }

    private void uncount(MailTransaction transaction) {
        size--;
        bytes -= transaction.content().size();
    }
}
