package io.postrider.dispatch;

import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.Change;
import io.postrider.trace.Change.Step;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.MessageLog;
import io.postrider.trace.Recorder;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** Decides which recipients an entry may handle, when it comes into work. */
final class Admissions {
    private static final Logger LOGGER = System.getLogger(Admissions.class.getName());

    private final Clock clock;
    private final MessageLog log;
    private final Recorder recorder;
    private final Window window;
    private final Departures departures;
    private final Object admission = new Object();
    /** Entries that are being admitted: a second copy of one waits until it is known whether the first came into work. */
    private final Set<EntryId> admitting = ConcurrentHashMap.newKeySet();
    /** Entries that a person has asked for, until they come into work. */
    private final Set<EntryId> urgent = ConcurrentHashMap.newKeySet();
    /** Entries written before this time are looked up in the log; others are what they say. */
    private volatile Instant lookUpBefore;
    /** Counts what may have changed the owner of a delivery beside the entry that is being admitted. Changed under {@link #admission}. */
    private volatile int suspensions;

    private final AtomicLong adopted = new AtomicLong();

    Admissions(Clock clock, MessageLog log, Recorder recorder, Window window, Departures departures) {
        this.clock = clock;
        this.log = log;
        this.recorder = recorder;
        this.window = window;
        this.departures = departures;
        this.lookUpBefore = clock.instant();
    }

    /**
     * Takes an entry into work.
     *
     * @param from the backlog that it was taken from
     */
    Admission admit(EntryHead head, Parcel parcel, Runnable acknowledge, Optional<Backlogs.Taken> from) {
        if (!admitting.add(head.id())) {
            return new Admission.Later();
        }
        try {
            return admitAlone(head, parcel, acknowledge, from);
        } finally {
            admitting.remove(head.id());
        }
    }

    private Admission admitAlone(EntryHead head, Parcel parcel, Runnable acknowledge, Optional<Backlogs.Taken> from) {
        if (window.contains(head.id())) {
            // The broker may release a waiting entry twice when it dies in between, and gives an entry out again when
            // the connection broke: only when the work has ended is it known which of both this is.
            return new Admission.Later();
        }
        if (departures.isOwnerExpected(head.id())) {
            return new Admission.Later();
        }
        while (true) {
            int before = suspensions;
            Optional<List<DeliveryRow>> owned = owned(head, parcel);
            if (owned.isEmpty()) {
                return new Admission.Later();
            }
            synchronized (admission) {
                if (before == suspensions) {
                    return admit(head, parcel, owned.get(), acknowledge, from);
                }
            }
        }
    }

    private Admission admit(
            EntryHead head,
            Parcel parcel,
            List<DeliveryRow> owned,
            Runnable acknowledge,
            Optional<Backlogs.Taken> from) {
        if (window.isSuspended(head.message())) {
            return new Admission.Later();
        }
        boolean isUrgent = !urgent.isEmpty() && urgent.remove(head.id());
        if (owned.isEmpty()) {
            acknowledge.run();
            return new Admission.Done();
        }
        window.add(new Receipt(head, parcel, owned, new Receipt.Ticket(acknowledge, from, isUrgent), clock.instant()));
        List<EmailAddress> recipients = new ArrayList<>(owned.size());
        owned.forEach(row -> recipients.add(row.recipient()));
        return new Admission.Work(List.copyOf(recipients));
    }

    /** The deliveries that an entry owns; nothing when it cannot be told yet. */
    private Optional<List<DeliveryRow>> owned(EntryHead head, Parcel parcel) {
        // To the millisecond, as the queue keeps it: an entry of the same millisecond may be the older one.
        boolean certain = head.isFirst()
                && head.ofThisRun()
                && head.writtenAt().isAfter(lookUpBefore)
                && !Reports.isReport(parcel);
        if (head.isFirst() && (!certain || recorder.isAnnounced(head.message()))) {
            // Who accepted it may die before this is on disk, or be slower than the delivery; recording it twice does
            // no harm.
            recorder.submit(parcel.accepted(head.recipients()));
        }
        if (certain) {
            return Optional.of(firstRows(head));
        }
        List<DeliveryRow> rows = log.deliveries(List.of(head.message())).getOrDefault(head.message(), List.of());
        if (rows.isEmpty() && !head.isFirst()) {
            return adopt(head, parcel);
        }
        Map<EmailAddress, DeliveryRow> byRecipient =
                rows.stream().collect(Collectors.toMap(DeliveryRow::recipient, row -> row, (one, other) -> one));
        return Optional.of(head.recipients().stream()
                .distinct()
                .map(recipient -> Optional.ofNullable(byRecipient.get(recipient))
                        .or(() -> head.isFirst()
                                ? Optional.of(DeliveryRow.first(head.message(), recipient))
                                : Optional.empty()))
                .flatMap(Optional::stream)
                .filter(row -> row.owner().equals(Optional.of(head.id()))
                        && !row.state().isFinal())
                .toList());
    }

    /** Nothing is recorded of these deliveries yet, so they belong to the first entry, which this is. */
    private static List<DeliveryRow> firstRows(EntryHead head) {
        List<DeliveryRow> rows = new ArrayList<>(head.recipients().size());
        for (EmailAddress recipient : new LinkedHashSet<>(head.recipients())) {
            rows.add(DeliveryRow.first(head.message(), recipient));
        }
        return rows;
    }

    /**
     * An entry of a message that the log knows nothing of, as when it was restored from an older backup: nobody else would remember these recipients. Not while
     * another entry of the message is in work, whose record may be on its way; and none comes into work meanwhile, such as the first one, which would take itself
     * for the owner.
     */
    private Optional<List<DeliveryRow>> adopt(EntryHead head, Parcel parcel) {
        synchronized (admission) {
            if (window.isSuspended(head.message())) {
                return Optional.empty();
            }
            suspend(head.message());
        }
        try {
            return adoptSuspended(head, parcel);
        } finally {
            resume(head.message());
        }
    }

    private Optional<List<DeliveryRow>> adoptSuspended(EntryHead head, Parcel parcel) {
        MessageId message = head.message();
        boolean unknown = window.ofMessage(message).isEmpty()
                && !recorder.isAnnounced(message)
                && log.deliveries(List.of(message)).isEmpty();
        if (!unknown) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        List<EmailAddress> recipients = head.recipients().stream().distinct().toList();
        List<Change> changes = new ArrayList<>();
        changes.add(new Change.Accepted(parcel.accepted(recipients)));
        recipients.forEach(recipient -> changes.add(new Step(
                message,
                recipient,
                DeliveryState.QUEUED,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.of(head.id()),
                "the queue had it, and the log knew nothing of it",
                now)));
        log.append(changes);
        adopted.incrementAndGet();
        LOGGER.log(Level.ERROR, "entry " + head.id() + " of " + message + " was not known to the log, and is now");
        return Optional.of(log.deliveries(List.of(message)).getOrDefault(message, List.of()));
    }

    /** How many entries the log knew nothing of, since the start. */
    long adopted() {
        return adopted.get();
    }

    /** What is in the queue now may have got another owner, or its outcome, and is looked up when it comes. */
    void lookUpWhatIsQueued() {
        lookUpBefore = clock.instant();
    }

    /** Keeps the entries of a message out of work, until it is resumed as often. What is in work goes on. */
    void suspend(MessageId message) {
        synchronized (admission) {
            suspensions++;
            window.suspend(message);
        }
    }

    void resume(MessageId message) {
        synchronized (admission) {
            window.resume(message);
        }
    }

    /** The entry, which is about to come, is attempted whatever else waits, also where nobody answers. */
    void isUrgent(EntryId entry) {
        urgent.add(entry);
    }
}
