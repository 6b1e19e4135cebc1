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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What an admin may do to a message, beside the {@link Dispatcher} that works on it. One operation at a time. */
public final class Operations implements MessageOperations {
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
        oneAtATime.lock();
        try {
            List<DeliveryRow> rows = rows(id);
            return rows.isEmpty() ? Optional.empty() : Optional.of(cancel(id, rows));
        } finally {
            oneAtATime.unlock();
        }
    }

    /** Cancels the deliveries that an entry owns; answers whether there was one that could be. */
    public boolean cancelEntry(MessageId id, EntryId entry) {
        oneAtATime.lock();
        try {
            List<DeliveryRow> rows = rows(id).stream()
                    .filter(row -> row.owner().equals(Optional.of(entry)))
                    .toList();
            return cancel(id, rows).containsValue(Cancellation.CANCELLED);
        } finally {
            oneAtATime.unlock();
        }
    }

    private Map<EmailAddress, Cancellation> cancel(MessageId id, List<DeliveryRow> rows) {
        List<DeliveryRow> open =
                rows.stream().filter(row -> !row.state().isFinal()).toList();
        Set<EmailAddress> cancellable = dispatcher.startCancelling(id, open);
        List<DeliveryRow> cancelled = open.stream()
                .filter(row -> cancellable.contains(row.recipient()))
                .toList();
        Instant now = clock.instant();
        boolean recorded = false;
        try {
            log.append(cancelled.stream()
                    .<Change>map(row ->
                            step(id, row, DeliveryState.CANCELLED, Optional.empty(), "cancelled by an admin", now))
                    .toList());
            recorded = true;
        } finally {
            dispatcher.endCancelling(id, cancellable, recorded);
        }
        discardHeld(cancelled, now);
        Map<EmailAddress, Cancellation> answer = new LinkedHashMap<>();
        rows.forEach(row -> answer.put(
                row.recipient(),
                cancellable.contains(row.recipient()) ? Cancellation.CANCELLED : Cancellation.TOO_LATE));
        return answer;
    }

    private void discardHeld(List<DeliveryRow> rows, Instant now) {
        rows.stream()
                .filter(row -> row.state() == DeliveryState.HELD)
                .flatMap(row -> row.owner().stream())
                .distinct()
                .forEach(key -> heldMails.discard(key, now));
    }

    @Override
    public Retry retry(MessageId id) {
        oneAtATime.lock();
        try {
            List<DeliveryRow> rows = rows(id);
            if (rows.isEmpty()) {
                return Retry.UNKNOWN_MESSAGE;
            }
            boolean started = rows.stream()
                            .filter(row -> row.owner().isPresent())
                            .collect(Collectors.groupingBy(row -> row.owner().orElseThrow()))
                            .entrySet()
                            .stream()
                            .filter(group -> retry(id, group.getKey(), group.getValue()))
                            .count()
                    > 0;
            return started ? Retry.STARTED : Retry.NOTHING_TO_RETRY;
        } finally {
            oneAtATime.unlock();
        }
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
        Optional<Parcel> parcel = due.flatMap(time -> queue.findWaiting(owner, time));
        parcel.ifPresent(found -> {
            Instant now = clock.instant();
            byte[] mail =
                    found.serialise(rows.stream().map(DeliveryRow::recipient).toList());
            moveTo(
                    id,
                    mail,
                    entry -> rows.stream()
                            .map(row -> step(
                                    id,
                                    row,
                                    DeliveryState.QUEUED,
                                    Optional.of(entry),
                                    "retry asked for by an admin",
                                    now))
                            .toList());
            queue.removeWaiting(owner, due.orElseThrow());
        });
        return parcel.isPresent();
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
                        .or(() -> queue.findQueued(owner));
            default -> queue.findQueued(owner);
        };
    }

    private List<DeliveryRow> rows(MessageId id) {
        return new ArrayList<>(log.deliveries(List.of(id)).getOrDefault(id, List.of()));
    }

    private static Step step(
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
