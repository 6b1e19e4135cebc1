package io.postrider.dispatch;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.Change;
import io.postrider.trace.Change.Step;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMail;
import io.postrider.trace.HeldMails;
import io.postrider.trace.MessageLog;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What an admin may do to a message, beside the {@link Dispatcher} that works on it. One operation at a time. */
public final class Operations implements MessageOperations {
    static final String CANCELLED_BY_ADMIN = "cancelled by an admin";
    static final String RETRIED_BY_ADMIN = "retry asked for by an admin";

    private final Clock clock;
    private final Dispatcher dispatcher;
    private final EntryQueue queue;
    private final MessageLog log;
    private final HeldMails heldMails;
    private final ReentrantLock oneAtATime = new ReentrantLock();

    public Operations(Clock clock, Dispatcher dispatcher, EntryQueue queue, MessageLog log, HeldMails heldMails) {
        this.clock = clock;
        this.dispatcher = dispatcher;
        this.queue = queue;
        this.log = log;
        this.heldMails = heldMails;
    }

    @Override
    public Optional<Map<EmailAddress, Cancellation>> cancel(MessageId id) {
        Map<EmailAddress, Cancellation> answer = whileSuspended(id, () -> cancelAll(id));
        return answer.isEmpty() ? Optional.empty() : Optional.of(answer);
    }

    /** Does something while no entry of the message comes into work, nor another operation is under way. */
    <T> T whileSuspended(MessageId id, Supplier<T> operation) {
        return whileSuspended(Set.of(id), operation);
    }

    /** Does something while no entry of the messages comes into work, nor another operation is under way. */
    <T> T whileSuspended(Set<MessageId> ids, Supplier<T> operation) {
        oneAtATime.lock();
        try {
            ids.forEach(dispatcher::suspend);
            try {
                return operation.get();
            } finally {
                ids.forEach(dispatcher::resume);
            }
        } finally {
            oneAtATime.unlock();
        }
    }

    private Map<EmailAddress, Cancellation> cancelAll(MessageId id) {
        Set<EmailAddress> taken = dispatcher.startCancelling(id, Optional.empty());
        // Asked for before the rows: what has left by then has its outcome in them.
        Set<EmailAddress> underWay = dispatcher.recipientsInWork(id);
        underWay.removeAll(taken);
        Map<EmailAddress, Cancellation> answer = new LinkedHashMap<>();
        boolean recorded = false;
        try {
            List<DeliveryRow> cancellable = new ArrayList<>();
            List<Change> changes = new ArrayList<>();
            List<DeliveryRow> rows = rows(id);
            if (addMissing(rows, id, taken)) {
                // Its acceptance waits for the disk still, and must not come to it later than the end.
                dispatcher.acceptance(id).ifPresent(changes::add);
            }
            for (DeliveryRow row : rows) {
                boolean late = row.state().isFinal() || underWay.contains(row.recipient());
                answer.put(row.recipient(), late ? Cancellation.TOO_LATE : Cancellation.CANCELLED);
                if (!late) {
                    cancellable.add(row);
                }
            }
            discardHeld(cancellable);
            Instant now = clock.instant();
            cancellable.forEach(row ->
                    changes.add(step(id, row, DeliveryState.CANCELLED, Optional.empty(), CANCELLED_BY_ADMIN, now)));
            log.append(changes);
            recorded = true;
        } finally {
            dispatcher.endCancelling(id, taken, recorded);
        }
        return answer;
    }

    /** Adds the rows of those in work that have none yet; answers whether there were any. */
    private static boolean addMissing(List<DeliveryRow> rows, MessageId id, Set<EmailAddress> inWork) {
        Set<EmailAddress> missing = new LinkedHashSet<>(inWork);
        rows.forEach(row -> missing.remove(row.recipient()));
        missing.forEach(recipient -> rows.add(DeliveryRow.first(id, recipient)));
        return !missing.isEmpty();
    }

    /** Comes before the record, so that no mail stays behind that nothing leads to; what is released meanwhile is cancelled by the record. */
    private void discardHeld(List<DeliveryRow> rows) {
        rows.stream()
                .filter(row -> row.state() == DeliveryState.HELD)
                .flatMap(row -> row.owner().stream())
                .distinct()
                .forEach(key -> heldMails.discard(key, clock.instant()));
    }

    @Override
    public Retry retry(MessageId id) {
        return whileSuspended(id, () -> {
            // Asked for before the rows: what is in work may get another owner at any time.
            Set<EmailAddress> inWork = dispatcher.recipientsInWork(id);
            List<DeliveryRow> rows = rows(id);
            if (rows.isEmpty()) {
                return Retry.UNKNOWN_MESSAGE;
            }
            boolean started = rows.stream()
                            .filter(row -> row.owner().isPresent() && !inWork.contains(row.recipient()))
                            .collect(Collectors.groupingBy(
                                    row -> row.owner().orElseThrow(), LinkedHashMap::new, Collectors.toList()))
                            .entrySet()
                            .stream()
                            .filter(group -> retry(id, group.getKey(), group.getValue()))
                            .count()
                    > 0;
            return started ? Retry.STARTED : Retry.NOTHING_TO_RETRY;
        });
    }

    private boolean retry(MessageId id, EntryId owner, List<DeliveryRow> rows) {
        return switch (rows.get(0).state()) {
            case HELD -> release(id, owner);
            case DEFERRED -> bringForward(id, owner, rows);
            default -> false;
        };
    }

    private boolean release(MessageId id, EntryId held) {
        Optional<HeldMail> mail = heldMails.find(held);
        mail.ifPresent(found -> release(id, held, found.entry()));
        return mail.isPresent();
    }

    /** Sends a held mail back to the queue, as it is given here. */
    public void release(MessageId id, EntryId held, byte[] mail) {
        moveTo(id, mail, entry -> List.of(new Change.Released(id, held, entry, clock.instant())));
    }

    private boolean bringForward(MessageId id, EntryId owner, List<DeliveryRow> rows) {
        Optional<Instant> due = rows.get(0).nextAttemptAt();
        Optional<Parcel> waiting = due.flatMap(time -> queue.findWaiting(owner, time));
        if (waiting.isPresent()) {
            bringForward(id, waiting.get(), rows);
            queue.removeWaiting(owner, due.orElseThrow());
            return true;
        }
        Optional<BacklogStore.Resting> resting = dispatcher.backlogs().find(owner);
        resting.ifPresent(found -> {
            bringForward(id, queue.read(found.mail()), rows);
            dispatcher.backlogs().remove(found);
        });
        return resting.isPresent();
    }

    private void bringForward(MessageId id, Parcel found, List<DeliveryRow> rows) {
        Instant now = clock.instant();
        byte[] mail = found.serialise(rows.stream().map(DeliveryRow::recipient).toList());
        moveTo(id, mail, entry -> {
            dispatcher.isUrgent(entry);
            return rows.stream()
                    .map(row -> step(id, row, DeliveryState.QUEUED, Optional.of(entry), RETRIED_BY_ADMIN, now))
                    .toList();
        });
    }

    /** Writes a new entry that is due at once, then records that it owns the deliveries. */
    private void moveTo(MessageId id, byte[] mail, Function<EntryId, List<? extends Change>> ownership) {
        EntryId entry = dispatcher.newEntryId();
        dispatcher.expectOwner(entry);
        try {
            queue.put(entry, id, mail, Optional.empty());
            log.append(List.copyOf(ownership.apply(entry)));
        } finally {
            dispatcher.ownerRecorded(entry);
        }
    }

    @Override
    public Optional<byte[]> content(MessageId id) {
        List<DeliveryRow> open =
                rows(id).stream().filter(row -> !row.state().isFinal()).toList();
        if (open.isEmpty()) {
            return Optional.empty();
        }
        return dispatcher
                .inWork(id)
                .or(() -> open.stream().flatMap(row -> find(row).stream()).findFirst())
                .map(Parcel::content);
    }

    private Optional<Parcel> find(DeliveryRow row) {
        EntryId owner = row.owner().orElseThrow();
        return switch (row.state()) {
            case HELD -> heldMails.find(owner).map(mail -> queue.read(mail.entry()));
            case DEFERRED ->
                row.nextAttemptAt()
                        .flatMap(due -> queue.findWaiting(owner, due))
                        .or(() -> findResting(owner))
                        .or(() -> queue.findQueued(owner));
            default -> findResting(owner).or(() -> queue.findQueued(owner));
        };
    }

    private Optional<Parcel> findResting(EntryId owner) {
        return dispatcher.backlogs().find(owner).map(resting -> queue.read(resting.mail()));
    }

    private List<DeliveryRow> rows(MessageId id) {
        return new ArrayList<>(log.deliveries(List.of(id)).getOrDefault(id, List.of()));
    }

    static Step step(
            MessageId id,
            DeliveryRow row,
            DeliveryState state,
            Optional<EntryId> owner,
            String explanation,
            Instant at) {
        return new Step(
                id, row.recipient(), state, row.attempts(), Optional.empty(), Optional.empty(), owner, explanation, at);
    }
}
