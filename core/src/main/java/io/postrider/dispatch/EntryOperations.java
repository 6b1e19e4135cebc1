package io.postrider.dispatch;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.MessageLog;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What an admin does to many entries of a queue: each call is one transaction. Safe beside the {@link Dispatcher} that works on the same entries. */
public final class EntryOperations {
    private static final String REMOVED_BY_ADMIN = "removed from the queue by an admin";

    private final Clock clock;
    private final Dispatcher dispatcher;
    private final Operations operations;
    private final MessageLog log;

    public EntryOperations(Clock clock, Dispatcher dispatcher, Operations operations, MessageLog log) {
        this.clock = clock;
        this.dispatcher = dispatcher;
        this.operations = operations;
        this.log = log;
    }

    /**
     * An entry as the queue has it.
     *
     * @param accepted what it says of its message, with its recipients, if it can be read; asked for only when the log does not know the message
     */
    public record Entry(EntryId id, MessageId message, Supplier<Optional<AcceptedMessage>> accepted) {}

    /**
     * Cancels the deliveries that the entries own.
     *
     * @return those of the entries that nothing depends on any more, so that they can be removed; one that is in an attempt, or has just been written, is not
     */
    public Set<EntryId> cancel(Collection<Entry> entries) {
        Set<MessageId> messages = entries.stream().map(Entry::message).collect(Collectors.toSet());
        return operations.whileSuspended(messages, () -> {
            List<Entry> settled = entries.stream()
                    .filter(entry -> !dispatcher.isOwnerExpected(entry.id()))
                    .toList();
            Map<Entry, Set<EmailAddress>> taken = new HashMap<>();
            boolean recorded = false;
            try {
                settled.forEach(entry ->
                        taken.put(entry, dispatcher.startCancelling(entry.message(), Optional.of(entry.id()))));
                Set<EntryId> free = cancel(settled, taken, messages);
                recorded = true;
                return free;
            } finally {
                for (Map.Entry<Entry, Set<EmailAddress>> each : taken.entrySet()) {
                    dispatcher.endCancelling(each.getKey().message(), each.getValue(), recorded);
                }
            }
        });
    }

    private Set<EntryId> cancel(List<Entry> entries, Map<Entry, Set<EmailAddress>> taken, Set<MessageId> messages) {
        // Asked for before the rows: what has left by then has its outcome in them.
        Map<MessageId, Set<EmailAddress>> underWay =
                messages.stream().collect(Collectors.toMap(message -> message, dispatcher::recipientsInWork));
        taken.forEach((entry, recipients) ->
                Optional.ofNullable(underWay.get(entry.message())).ifPresent(inWork -> inWork.removeAll(recipients)));
        Map<MessageId, List<DeliveryRow>> rows = log.deliveries(messages);
        Set<EntryId> free = new LinkedHashSet<>();
        List<Change> changes = new ArrayList<>();
        Instant now = clock.instant();
        for (Entry entry : entries) {
            Set<EmailAddress> inWork = underWay.getOrDefault(entry.message(), Set.of());
            List<DeliveryRow> known = rows.getOrDefault(entry.message(), List.of());
            List<DeliveryRow> owned = known.isEmpty() ? adopt(entry, changes) : known;
            boolean isFree = true;
            for (DeliveryRow row : owned) {
                if (!row.owner().equals(Optional.of(entry.id())) || row.state().isFinal()) {
                    continue;
                }
                if (inWork.contains(row.recipient())) {
                    isFree = false;
                } else {
                    changes.add(Operations.step(
                            entry.message(), row, DeliveryState.CANCELLED, Optional.empty(), REMOVED_BY_ADMIN, now));
                }
            }
            if (isFree) {
                free.add(entry.id());
            }
        }
        if (!changes.isEmpty()) {
            log.append(changes);
        }
        return free;
    }

    /** A message that the log does not know (yet): its acceptance must not come to the disk later than the end of its deliveries. */
    private static List<DeliveryRow> adopt(Entry entry, List<Change> changes) {
        Optional<AcceptedMessage> accepted = entry.accepted().get();
        accepted.map(Change.Accepted::new).ifPresent(changes::add);
        return accepted.stream()
                .flatMap(known -> known.recipients().stream())
                .map(recipient ->
                        new DeliveryRow(recipient, DeliveryState.QUEUED, 0, Optional.of(entry.id()), Optional.empty()))
                .toList();
    }

    /**
     * Brings entries forward that wait for their time.
     *
     * @param move moves the entries to those that wait for their turn; they keep their ids, and none comes into work before this is recorded
     */
    public void bringForward(Collection<Entry> entries, Runnable move) {
        Set<MessageId> messages = entries.stream().map(Entry::message).collect(Collectors.toSet());
        operations.whileSuspended(messages, () -> {
            Map<MessageId, List<DeliveryRow>> rows = log.deliveries(messages);
            move.run();
            Instant now = clock.instant();
            List<Change> changes = new ArrayList<>();
            for (Entry entry : entries) {
                rows.getOrDefault(entry.message(), List.of()).stream()
                        .filter(row -> row.state() == DeliveryState.DEFERRED
                                && row.owner().equals(Optional.of(entry.id())))
                        .map(row -> Operations.step(
                                entry.message(),
                                row,
                                DeliveryState.QUEUED,
                                row.owner(),
                                Operations.RETRIED_BY_ADMIN,
                                now))
                        .forEach(changes::add);
            }
            if (!changes.isEmpty()) {
                log.append(changes);
            }
            return changes.size();
        });
    }
}
