package io.postrider.dispatch;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.DeliveryOutcome.Bounced;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.delivery.DeliveryOutcome.Delivered;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.delivery.DeliveryOutcome.Undeliverable;
import io.postrider.delivery.Lane;
import io.postrider.delivery.PostponeDelay;
import io.postrider.delivery.RetrySchedule;
import io.postrider.delivery.RetrySchedules;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.Reports.Occasion;
import io.postrider.dsn.DeliveryReport.Action;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.MessageId;
import io.postrider.mail.SmtpReply;
import io.postrider.route.Hop;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.Change;
import io.postrider.trace.Change.Step;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMail;
import io.postrider.trace.MessageLog;
import io.postrider.trace.Recorder;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Decides about the fate of each mail between the queue and its outcome: which recipients an entry may handle, when it is acknowledged, what a failed attempt
 * leads to. An entry is acknowledged only when each recipient of it has an outcome on disk or a new entry, so that a death at any point loses nothing.
 *
 * <p>Order on an outcome: record, then acknowledge. Order on a deferral: write the new entry, record the attempts and the new owner in one transaction,
 * acknowledge the old entry. So exactly one living entry owns a delivery at any time.
 *
 * <p>Plain code over ports, with the clock, the executor and the randomness from outside; the only waiting is in the ports and in {@link #awaitRoom}.
 */
public final class Dispatcher implements Verdicts {
    private static final Logger LOGGER = System.getLogger(Dispatcher.class.getName());
    /** How long a deferral waits for others of the same message, so that they share one new entry. */
    private static final Duration GATHER = Duration.ofSeconds(2);

    private static final EnhancedStatusCode TAKEN = new EnhancedStatusCode(2, 0, 0);
    private static final EnhancedStatusCode REFUSED = new EnhancedStatusCode(5, 0, 0);
    private static final EnhancedStatusCode NOT_NOW = new EnhancedStatusCode(4, 0, 0);
    private static final EnhancedStatusCode TIME_OVER = new EnhancedStatusCode(4, 4, 7);

    /**
     * @param maxEntries entries in work at a time
     * @param maxBytes bytes of the entries in work at a time
     * @param postponeDelay until a delivery comes back that found its hop busy
     */
    public record Limits(int maxEntries, long maxBytes, PostponeDelay postponeDelay) {}

    private final Clock clock;
    private final RandomGenerator random;
    private final Executor executor;
    private final EntryQueue queue;
    private final MessageLog log;
    private final Recorder recorder;
    private final DeliveryEngine engine;
    private final RetrySchedules schedules;
    private final Reports reports;
    private final Backlogs backlogs;
    private final Limits limits;
    private final Window window;
    private final Object admission = new Object();
    private final Set<EntryId> expectedOwners = ConcurrentHashMap.newKeySet();
    /** Entries that a person has asked for, until they come into work. */
    private final Set<EntryId> urgent = ConcurrentHashMap.newKeySet();
    /** What could not be done, and is tried again by {@link #tick}. */
    private final Queue<Runnable> failed = new ConcurrentLinkedQueue<>();
    /** Entries written before this time are looked up in the log; others are what they say. */
    private volatile Instant lookUpBefore;
    /** Counts what may have changed the owner of a delivery beside the entry that is being admitted. */
    private volatile int suspensions;

    private final AtomicLong adopted = new AtomicLong();

    /**
     * @param executor runs what blocks, off the threads of the engine
     */
    public Dispatcher(
            Clock clock,
            RandomGenerator random,
            Executor executor,
            EntryQueue queue,
            MessageLog log,
            Recorder recorder,
            DeliveryEngine engine,
            RetrySchedules schedules,
            Reports reports,
            Backlogs backlogs,
            Limits limits) {
        this.clock = clock;
        this.random = random;
        this.executor = executor;
        this.queue = queue;
        this.log = log;
        this.recorder = recorder;
        this.engine = engine;
        this.schedules = schedules;
        this.reports = reports;
        this.backlogs = backlogs;
        this.limits = limits;
        this.window = new Window(limits.maxEntries(), limits.maxBytes());
        this.lookUpBefore = clock.instant();
    }

    /** Waits until one more entry may be taken from the queue, at most as long as given. */
    public boolean awaitRoom(Duration wait) throws InterruptedException {
        return !recorder.isBehind() && window.awaitRoom(wait.toMillis());
    }

    /** Waits until no entry is in work, at most as long as given. */
    public boolean awaitIdle(Duration wait) throws InterruptedException {
        return window.awaitEmpty(wait.toMillis());
    }

    /** How many entries are in work. */
    public int inWork() {
        return window.size();
    }

    /** The connection to the queue broke: what was taken over it comes again, also what has got its outcome by then. */
    public void entriesComeAgain() {
        lookUpBefore = clock.instant();
    }

    /** What is to be done with an entry. */
    public sealed interface Admission {
        /** The entry is in work: these recipients go through the pipeline, and {@link #endOfPipeline} must follow. */
        record Work(List<EmailAddress> recipients) implements Admission {}

        /** It owns nothing (any more), and was acknowledged. */
        record Done() implements Admission {}

        /** It cannot be told yet: ask again in a moment. */
        record Later() implements Admission {}
    }

    /**
     * Takes an entry into work.
     *
     * @param acknowledge removes the entry from the queue for good; called once, from any thread, must not block
     * @throws io.postrider.store.StoreUnavailableException when the log cannot tell who owns the deliveries: ask again later
     */
    public Admission admit(EntryHead head, Parcel parcel, Runnable acknowledge) {
        return admit(head, parcel, acknowledge, Optional.empty());
    }

    /**
     * Takes an entry into work that rested in a backlog.
     *
     * @throws io.postrider.store.StoreUnavailableException when the log cannot tell who owns the deliveries: ask again later
     */
    public Admission admit(EntryHead head, Parcel parcel, Backlogs.Taken taken) {
        return admit(head, parcel, taken::acknowledge, Optional.of(taken));
    }

    private Admission admit(EntryHead head, Parcel parcel, Runnable acknowledge, Optional<Backlogs.Taken> from) {
        if (window.contains(head.id())) {
            // The broker may release a waiting entry twice when it dies in between, and gives an entry out again when
            // the connection broke: only when the work has ended is it known which of both this is.
            return new Admission.Later();
        }
        if (expectedOwners.contains(head.id())) {
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
     * another entry of the message is in work, whose record may be on its way.
     */
    private Optional<List<DeliveryRow>> adopt(EntryHead head, Parcel parcel) {
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

    /** Takes entries out of work that have been in it for longer than given: what is undecided is put off. Returns how many recipients that was. */
    int endStuck(Duration maxWorkTime) {
        Instant before = clock.instant().minus(maxWorkTime);
        int stuck = 0;
        for (Receipt receipt : window.all()) {
            List<EmailAddress> undecided = receipt.since().isBefore(before) ? receipt.undecided() : List.of();
            if (!undecided.isEmpty()) {
                String reason = "it was in work for longer than queue.maxWorkTime " + maxWorkTime;
                LOGGER.log(Level.ERROR, receipt.message() + ": " + reason + ", and is put off");
                undecided.forEach(recipient -> endStuck(receipt, recipient, reason));
                endOfPipeline(receipt.entry(), reason);
                stuck += undecided.size();
            }
        }
        return stuck;
    }

    /** What hangs in an attempt may have been delivered by it, and goes that way only. */
    private void endStuck(Receipt receipt, EmailAddress recipient, String reason) {
        Optional<String> hop = receipt.attemptedBy(recipient);
        if (hop.isEmpty()) {
            receipt.toDelivery(List.of(recipient));
            onPostponed(receipt, recipient, reason);
            return;
        }
        Instant now = clock.instant();
        Deferred unknown = new Deferred(Optional.empty(), reason, Fault.UNKNOWN_OUTCOME);
        Attempt attempt = new Attempt(
                receipt.since(),
                hop.get(),
                "",
                "",
                "",
                unknown,
                Duration.between(receipt.since(), now),
                List.of("(nothing was heard of this attempt)"));
        deferOrExpire(receipt, recipient, receipt.countAttempt(recipient), 1, attempt, unknown);
    }

    /** Keeps the mail as a retry needs it. The last one given counts. */
    public void keepForRetry(EntryId entry, Parcel parcel) {
        window.find(entry).ifPresent(receipt -> receipt.keepForRetry(parcel));
    }

    /** A hop, and the message as it goes there. */
    public record Leg(Hop hop, List<ByteBuffer> content) {
        public Leg {
            content = List.copyOf(content);
        }
    }

    /** A part of an entry on its way: recipients that share the hops, in order of fail-over. */
    public record HandOver(List<Leg> via, List<Addressee> addressees, EnvelopeRequest reports) {
        public HandOver {
            via = List.copyOf(via);
            addressees = List.copyOf(addressees);
            if (via.isEmpty()) {
                throw new IllegalArgumentException("via: [] (expected: one or more hops)");
            }
        }

        /** The same, of other addressees on another way. */
        HandOver with(List<Leg> otherVia, List<Addressee> otherAddressees) {
            return new HandOver(otherVia, otherAddressees, reports);
        }
    }

    /** Hands recipients over to delivery. Those that the entry does not own, or that were decided on before, are left alone. */
    public void handOver(EntryId entry, HandOver handOver) {
        window.find(entry).ifPresent(receipt -> {
            Set<EmailAddress> taken = Set.copyOf(receipt.toDelivery(recipientsOf(handOver)));
            Map<Optional<String>, List<Addressee>> byPin = new HashMap<>();
            for (Addressee addressee : handOver.addressees()) {
                if (taken.contains(addressee.recipient())) {
                    byPin.computeIfAbsent(receipt.pinnedTo(addressee.recipient()), any -> new ArrayList<>(1))
                            .add(addressee);
                }
            }
            byPin.forEach((pin, addressees) ->
                    attempt(receipt, handOver.with(legsFor(pin, handOver.via()), addressees), 0));
        });
    }

    private static List<EmailAddress> recipientsOf(HandOver handOver) {
        List<EmailAddress> recipients = new ArrayList<>(handOver.addressees().size());
        handOver.addressees().forEach(addressee -> recipients.add(addressee.recipient()));
        return recipients;
    }

    /** What may have been delivered by one hop never goes to another, also when the route does not name that hop any more. */
    private static List<Leg> legsFor(Optional<String> pin, List<Leg> via) {
        if (pin.isEmpty()) {
            return via;
        }
        return List.of(via.stream()
                .filter(leg -> leg.hop().toString().equals(pin.get()))
                .findFirst()
                .orElseGet(() -> new Leg(Hop.parse(pin.get()), via.get(0).content())));
    }

    private void attempt(Receipt receipt, HandOver handOver, int hop) {
        Leg leg = handOver.via().get(hop);
        receipt.isAttempted(recipientsOf(handOver), leg.hop().toString());
        Consignment consignment = new Consignment(
                receipt.message().value(),
                leg.hop(),
                handOver.addressees(),
                leg.content(),
                handOver.reports(),
                receipt.isUrgent(),
                receipt.original().accepted(List.of()).tenant());
        Instant handedOverAt = clock.instant();
        engine.deliver(consignment, new DeliveryEngine.Listener() {
            @Override
            public void attempted(EmailAddress recipient, Attempt attempt) {
                tellBacklogs(receipt, attempt, Duration.between(handedOverAt, attempt.at()));
                onAttempt(receipt, handOver, hop, recipient, attempt);
            }

            @Override
            public boolean mayWait(Lane lane, DeliveryEngine.Load load) {
                return receipt.isUrgent() || receipt.backlog().isPresent() || backlogs.mayWait(lane, load);
            }

            @Override
            public boolean mayStay(Lane lane, DeliveryEngine.Load load) {
                return receipt.isUrgent() || receipt.backlog().isPresent() || backlogs.mayStay(load);
            }

            @Override
            public void noRoom(EmailAddress recipient, Lane lane, String reason) {
                receipt.backlog().filter(id -> id.lane().equals(lane)).ifPresent(id -> backlogs.full(id, reason));
                if (!rest(receipt, recipient, lane, reason)) {
                    onPostponed(receipt, recipient, reason);
                }
            }

            @Override
            public void closed(EmailAddress recipient, Lane lane, Instant until, Attempt instead) {
                String reason = ((Deferred) instead.outcome()).reason();
                backlogs.closed(lane, until, reason);
                boolean anotherHop = hop + 1 < handOver.via().size();
                if (anotherHop || !rest(receipt, recipient, lane, reason)) {
                    onAttempt(receipt, handOver, hop, recipient, instead);
                }
            }

            @Override
            public void postponed(EmailAddress recipient, String reason) {
                onPostponed(receipt, recipient, reason);
            }

            @Override
            public void toBeEncoded(EmailAddress recipient, String reason) {
                comeBack(receipt, recipient, reason, 0, limits.postponeDelay().first());
            }
        });
    }

    /** An attempt says whether more of those that rest may come. */
    private void tellBacklogs(Receipt receipt, Attempt attempt, Duration waited) {
        boolean handedOver = !(attempt.outcome() instanceof Deferred deferred && deferred.fault() == Fault.ROUTE);
        Optional<BacklogId> from = receipt.backlog();
        if (handedOver) {
            backlogs.answered(attempt.route(), attempt.site());
            from.ifPresent(id -> backlogs.wentWell(id, waited));
        } else {
            from.ifPresent(id -> backlogs.failed(id, ((Deferred) attempt.outcome()).reason()));
        }
    }

    /** Has a recipient leave the window for the backlog of a lane; returns false when there is none for it. Counts as no attempt. */
    private boolean rest(Receipt receipt, EmailAddress recipient, Lane lane, String reason) {
        RetrySchedule schedule = scheduleOf(receipt);
        BacklogId backlog = new BacklogId(lane, schedule.key());
        Instant now = clock.instant();
        Instant end = schedule.end(receipt.original().acceptedAt());
        if (!now.isBefore(end)) {
            giveUp(receipt, recipient, schedule, reason);
            return true;
        }
        if (!backlogs.takes(backlog)) {
            return false;
        }
        int number = receipt.attempts(recipient);
        int earlier = receipt.original().postponements();
        Duration delay = limits.postponeDelay().after(earlier);
        Instant next = schedule.next(delay, receipt.original().acceptedAt(), now, random)
                .orElse(end);
        String explanation = reason + "; no attempt was made, the next comes ";
        Receipt.PutOff putOff = putOff(receipt, recipient, number, Optional.empty(), explanation + "at ");
        Receipt.PutOff atLane = (owner, until) -> putOff(
                        receipt, recipient, number, Optional.empty(), explanation + "when it has room, by ")
                .to(owner, until);
        defer(
                receipt,
                recipient,
                Optional.empty(),
                explanation + "by " + end,
                new Receipt.Deferral(
                        recipient,
                        now,
                        next,
                        earlier + 1,
                        putOff,
                        Optional.of(new Receipt.Rest(backlog, end, atLane))));
        return true;
    }

    private void onAttempt(Receipt receipt, HandOver handOver, int hop, EmailAddress recipient, Attempt attempt) {
        int number = receipt.countAttempt(recipient);
        DeliveryOutcome outcome = attempt.outcome();
        if (outcome instanceof Delivered delivered) {
            finish(
                    receipt,
                    recipient,
                    DeliveryState.DELIVERED,
                    number,
                    Optional.of(attempt),
                    statusOf(delivered.reply(), TAKEN),
                    attempt.mx() + " took it: " + delivered.reply());
        } else if (outcome instanceof Bounced bounced) {
            finish(
                    receipt,
                    recipient,
                    DeliveryState.BOUNCED,
                    number,
                    Optional.of(attempt),
                    statusOf(bounced.reply(), REFUSED),
                    attempt.mx() + " refused it: " + bounced.reply());
        } else if (outcome instanceof Undeliverable undeliverable) {
            finish(
                    receipt,
                    recipient,
                    DeliveryState.BOUNCED,
                    number,
                    Optional.of(attempt),
                    undeliverable.status(),
                    undeliverable.status() + " " + undeliverable.reason());
        } else if (outcome instanceof Deferred deferred) {
            boolean anotherHop =
                    deferred.fault() == Fault.ROUTE && hop + 1 < handOver.via().size();
            if (anotherHop) {
                failOver(receipt, handOver, hop, recipient, number, attempt, deferred);
            } else {
                deferOrExpire(receipt, recipient, number, handOver.via().size(), attempt, deferred);
            }
        }
    }

    private void failOver(
            Receipt receipt,
            HandOver handOver,
            int hop,
            EmailAddress recipient,
            int number,
            Attempt attempt,
            Deferred deferred) {
        Hop next = handOver.via().get(hop + 1).hop();
        Instant now = clock.instant();
        receipt.ownershipIsRecorded();
        record(
                List.of(new Step(
                        receipt.message(),
                        recipient,
                        DeliveryState.DEFERRED,
                        number,
                        Optional.of(attempt),
                        Optional.of(now),
                        Optional.of(receipt.entry()),
                        deferred.reason() + "; going on by " + next + " at once",
                        now)),
                () -> {});
        List<Addressee> addressee = handOver.addressees().stream()
                .filter(candidate -> candidate.recipient().equals(recipient))
                .toList();
        // Off the threads of the engine, as to find the next hop may ask a store.
        executor.execute(() -> attempt(receipt, handOver.with(handOver.via(), addressee), hop + 1));
    }

    private void deferOrExpire(
            Receipt receipt, EmailAddress recipient, int number, int hops, Attempt attempt, Deferred deferred) {
        // Where hops cannot be reached, a round asks each of them once, and the schedule goes on by rounds.
        int round = deferred.fault() == Fault.ROUTE ? Math.max(1, number / hops) : number;
        RetrySchedule schedule = scheduleOf(receipt);
        Optional<Instant> next = schedule.next(round, receipt.original().acceptedAt(), clock.instant(), random);
        if (next.isEmpty()) {
            String explanation = "given up after " + number + " attempts, as " + schedule.key() + ".ttl "
                    + schedule.ttl() + " is over; the last one: " + deferred.reason();
            finish(receipt, recipient, DeliveryState.EXPIRED, number, Optional.of(attempt), TIME_OVER, explanation);
        } else {
            String explanation =
                    deferred.reason() + "; by " + schedule.key() + ".schedule attempt " + (number + 1) + " comes at ";
            putOff(receipt, recipient, number, Optional.of(attempt), next.get(), 0, explanation);
        }
    }

    private void onPostponed(Receipt receipt, EmailAddress recipient, String reason) {
        int earlier = receipt.original().postponements();
        comeBack(receipt, recipient, reason, earlier + 1, limits.postponeDelay().after(earlier));
    }

    private void comeBack(Receipt receipt, EmailAddress recipient, String reason, int postponements, Duration delay) {
        int number = receipt.attempts(recipient);
        RetrySchedule schedule = scheduleOf(receipt);
        Optional<Instant> next = schedule.next(delay, receipt.original().acceptedAt(), clock.instant(), random);
        if (next.isEmpty()) {
            giveUp(receipt, recipient, schedule, reason);
        } else {
            String explanation = reason + "; no attempt was made, the next comes at ";
            putOff(receipt, recipient, number, Optional.empty(), next.get(), postponements, explanation);
        }
    }

    private void giveUp(Receipt receipt, EmailAddress recipient, RetrySchedule schedule, String reason) {
        int number = receipt.attempts(recipient);
        String explanation = "given up after " + number + " attempts, as " + schedule.key() + ".ttl " + schedule.ttl()
                + " is over; no further attempt was made: " + reason;
        finish(receipt, recipient, DeliveryState.EXPIRED, number, Optional.empty(), TIME_OVER, explanation);
    }

    private void putOff(
            Receipt receipt,
            EmailAddress recipient,
            int number,
            Optional<Attempt> attempt,
            Instant next,
            int postponements,
            String explanation) {
        defer(
                receipt,
                recipient,
                attempt,
                explanation + next,
                new Receipt.Deferral(
                        recipient,
                        clock.instant(),
                        next,
                        postponements,
                        putOff(receipt, recipient, number, attempt, explanation),
                        Optional.empty()));
    }

    /** @param explanation what comes before the time */
    private Receipt.PutOff putOff(
            Receipt receipt, EmailAddress recipient, int number, Optional<Attempt> attempt, String explanation) {
        Instant now = clock.instant();
        return (owner, due) -> new Step(
                receipt.message(),
                recipient,
                DeliveryState.DEFERRED,
                number,
                attempt,
                Optional.of(due),
                Optional.of(owner),
                explanation + due,
                now);
    }

    private void defer(
            Receipt receipt,
            EmailAddress recipient,
            Optional<Attempt> attempt,
            String explanation,
            Receipt.Deferral deferral) {
        if (!receipt.leaveDelivery(recipient)) {
            return;
        }
        receipt.defer(deferral);
        tellDelay(receipt, recipient, attempt, explanation);
        moveDeferralsSoon(receipt);
    }

    /** A report of a delay that cannot be written is written with the next deferral. */
    private void tellDelay(Receipt receipt, EmailAddress recipient, Optional<Attempt> attempt, String explanation) {
        Parcel parcel = receipt.forRetry();
        if (!reports.isDelayed(parcel) || !reports.mayBeWanted(parcel, recipient, Action.DELAYED)) {
            return;
        }
        Instant until = parcel.acceptedAt().plus(scheduleOf(receipt).ttl());
        EnhancedStatusCode status = attempt.flatMap(made -> made.outcome().finalReply())
                .map(reply -> statusOf(reply, NOT_NOW))
                .orElse(NOT_NOW);
        executor.execute(() -> {
            try {
                if (!reports.isDelayTold(parcel, recipient)) {
                    reports.write(
                            parcel,
                            new Occasion(Action.DELAYED, recipient, status, explanation, attempt, Optional.of(until)));
                }
            } catch (RuntimeException e) {
                LOGGER.log(Level.WARNING, "a delay of " + receipt.message() + " is not told yet", e);
            }
        });
    }

    /** What a peer says in its text counts only where it is of the class that its code is of. */
    private static EnhancedStatusCode statusOf(SmtpReply reply, EnhancedStatusCode otherwise) {
        return reply.enhancedCode()
                .filter(code -> code.statusClass() == otherwise.statusClass())
                .orElse(otherwise);
    }

    private RetrySchedule scheduleOf(Receipt receipt) {
        return schedules.of(receipt.original().accepted(List.of()).stream());
    }

    private void moveDeferralsSoon(Receipt receipt) {
        if (receipt.hasDeferrals()) {
            executor.execute(() -> moveDeferrals(receipt));
        }
    }

    /**
     * Moves deferrals to new entries: those that are to rest in the same place to one of its backlog, the others to one for those of about the same time. With more
     * than one such place, a mail is put off as if there were none, so that it is not written for each of them. Blocking.
     */
    private void moveDeferrals(Receipt receipt) {
        List<Receipt.Deferral> taken = receipt.takeDeferrals(clock.instant().minus(GATHER));
        Map<BacklogId, List<Receipt.Deferral>> resting = taken.stream()
                .filter(deferral -> deferral.rest().isPresent())
                .collect(Collectors.groupingBy(
                        deferral -> deferral.rest().orElseThrow().backlog()));
        boolean oneBacklog = resting.size() == 1;
        List<Receipt.Deferral> left = taken.stream()
                .filter(deferral -> !oneBacklog || deferral.rest().isEmpty())
                .sorted(Comparator.comparing(Receipt.Deferral::nextAttemptAt))
                .toList();
        while (!left.isEmpty()) {
            Receipt.Deferral first = left.get(0);
            Map<Boolean, List<Receipt.Deferral>> byCloseness =
                    left.stream().collect(Collectors.partitioningBy(deferral -> deferral.isCloseTo(first)));
            moveToOneEntry(receipt, first.nextAttemptAt(), byCloseness.getOrDefault(true, List.of()));
            left = byCloseness.getOrDefault(false, List.of());
        }
        if (oneBacklog) {
            resting.forEach((backlog, deferrals) -> moveToBacklog(receipt, backlog, deferrals));
        }
    }

    /** An entry that comes from there just stays there. */
    private void moveToBacklog(Receipt receipt, BacklogId backlog, List<Receipt.Deferral> deferrals) {
        List<EmailAddress> recipients =
                deferrals.stream().map(Receipt.Deferral::recipient).toList();
        if (receipt.backlog().equals(Optional.of(backlog)) && receipt.endsAsItWas(recipients)) {
            window.remove(receipt);
            receipt.putBack();
            return;
        }
        Instant until = deferrals.get(0).rest().orElseThrow().until();
        move(
                receipt,
                deferrals,
                entry -> backlogs.put(
                        backlog, entry, receipt.message(), receipt.forRetry().serialise(recipients), until),
                (deferral, entry) -> deferral.rest().orElseThrow().putOff().to(entry, until));
    }

    /** The new entry is written first, then recorded as the owner; then the old one can be acknowledged. */
    private void moveToOneEntry(Receipt receipt, Instant due, List<Receipt.Deferral> deferrals) {
        List<EmailAddress> recipients =
                deferrals.stream().map(Receipt.Deferral::recipient).toList();
        int postponements = deferrals.stream()
                .mapToInt(Receipt.Deferral::postponements)
                .max()
                .orElse(0);
        move(
                receipt,
                deferrals,
                entry -> queue.put(
                        entry,
                        receipt.message(),
                        receipt.forRetry().serialise(recipients, postponements),
                        Optional.of(due)),
                (deferral, entry) -> deferral.putOff().to(entry, due));
    }

    private void move(
            Receipt receipt,
            List<Receipt.Deferral> deferrals,
            Consumer<EntryId> write,
            BiFunction<Receipt.Deferral, EntryId, Step> putOff) {
        List<EmailAddress> recipients =
                deferrals.stream().map(Receipt.Deferral::recipient).toList();
        EntryId entry = newEntryId();
        expectOwner(entry);
        try {
            write.accept(entry);
        } catch (RuntimeException e) {
            // Whatever it was: these deliveries exist nowhere but here, so they must not be dropped.
            LOGGER.log(Level.WARNING, "cannot put off " + receipt.message() + "; trying again in a moment", e);
            ownerRecorded(entry);
            receipt.restore(deferrals);
            return;
        }
        record(deferrals.stream().map(deferral -> putOff.apply(deferral, entry)).toList(), () -> {
            ownerRecorded(entry);
            left(receipt, recipients);
        });
    }

    /** Ends the pipeline's work on an entry: recipients that it neither handed over nor decided on are held, as nobody else would remember them. */
    public void endOfPipeline(EntryId entry, String causeIfHeld) {
        window.find(entry).ifPresent(receipt -> {
            List<EmailAddress> forgotten = receipt.endOfPipeline();
            if (!forgotten.isEmpty()) {
                hold(receipt, forgotten, causeIfHeld);
            }
            moveDeferralsSoon(receipt);
        });
    }

    /**
     * Puts recipients that are still in the pipeline aside, for a person to look at.
     *
     * @return the key of the held mail; none when none of them was there
     */
    public Optional<EntryId> hold(EntryId entry, Collection<EmailAddress> recipients, String cause) {
        return window.find(entry).flatMap(receipt -> {
            List<EmailAddress> held = receipt.leavePipeline(recipients);
            return held.isEmpty() ? Optional.empty() : Optional.of(hold(receipt, held, cause));
        });
    }

    private EntryId hold(Receipt receipt, List<EmailAddress> recipients, String cause) {
        HeldMail mail = new HeldMail(
                newEntryId(), receipt.message(), receipt.original().serialise(recipients), cause, clock.instant());
        record(List.of(new Change.Held(mail, recipients)), () -> left(receipt, recipients));
        return mail.key();
    }

    /**
     * Writes recipients that are still in the pipeline to a new entry, with the mail as it is now. Blocking.
     *
     * @throws IllegalArgumentException when none of them is in the pipeline of that entry
     * @throws EntryQueue.QueueUnavailableException when the new entry is not known to be on disk; they are still in the pipeline then
     */
    public void requeue(EntryId entry, Collection<EmailAddress> recipients, Parcel parcel, Optional<Instant> due) {
        Receipt receipt = window.find(entry)
                .orElseThrow(() -> new IllegalArgumentException("entry " + entry + " is not in work (any more)"));
        List<EmailAddress> moved = receipt.leavePipeline(recipients);
        if (moved.isEmpty()) {
            throw new IllegalArgumentException(
                    "entry " + entry + " has no recipient of " + recipients + " in the pipeline");
        }
        EntryId next = newEntryId();
        Instant now = clock.instant();
        expectOwner(next);
        try {
            queue.put(next, receipt.message(), parcel.serialise(moved), due);
        } catch (RuntimeException e) {
            ownerRecorded(next);
            receipt.backToPipeline(moved);
            throw e;
        }
        List<Step> steps = moved.stream()
                .map(recipient -> new Step(
                        receipt.message(),
                        recipient,
                        DeliveryState.QUEUED,
                        receipt.attempts(recipient),
                        Optional.empty(),
                        due,
                        Optional.of(next),
                        "put back into the queue by the pipeline",
                        now))
                .toList();
        record(steps, () -> {
            ownerRecorded(next);
            left(receipt, moved);
        });
    }

    /** Puts off recipients that are still in the pipeline, as something that it needs does not answer; counts as no attempt. */
    public void postpone(EntryId entry, String reason) {
        window.find(entry)
                .ifPresent(receipt -> receipt.toDelivery(receipt.recipients())
                        .forEach(recipient -> onPostponed(receipt, recipient, reason)));
    }

    @Override
    public void bounce(
            EntryId entry,
            MessageId message,
            Collection<EmailAddress> recipients,
            EnhancedStatusCode status,
            String reason) {
        window.find(entry).ifPresent(receipt -> {
            String explanation = reason.startsWith(status.toString()) ? reason : status + " " + reason;
            for (EmailAddress recipient : receipt.leavePipeline(recipients)) {
                int number = receipt.attempts(recipient);
                conclude(receipt, recipient, DeliveryState.BOUNCED, number, Optional.empty(), status, explanation);
            }
        });
    }

    private void finish(
            Receipt receipt,
            EmailAddress recipient,
            DeliveryState state,
            int number,
            Optional<Attempt> attempt,
            EnhancedStatusCode status,
            String explanation) {
        if (receipt.leaveDelivery(recipient)) {
            conclude(receipt, recipient, state, number, attempt, status, explanation);
        }
    }

    /** A recipient has left pipeline and delivery for good. */
    private void conclude(
            Receipt receipt,
            EmailAddress recipient,
            DeliveryState state,
            int number,
            Optional<Attempt> attempt,
            EnhancedStatusCode status,
            String explanation) {
        Step step = finalStep(receipt, recipient, state, number, attempt, explanation, clock.instant());
        boolean taken = state == DeliveryState.DELIVERED;
        Action action = taken ? Action.RELAYED : Action.FAILED;
        Parcel parcel = receipt.forRetry();
        Runnable record = () -> record(List.of(step), () -> left(receipt, List.of(recipient)));
        if (!reports.mayBeWanted(parcel, recipient, action)) {
            record.run();
            return;
        }
        Occasion occasion = new Occasion(action, recipient, status, explanation, attempt, Optional.empty());
        if (taken) {
            // What was delivered must not be sent again, whatever becomes of the report.
            Runnable leave = () -> left(receipt, List.of(recipient));
            record(List.of(step), () -> executor.execute(() -> tell(parcel, occasion, leave)));
        } else {
            // Once the failure is recorded, nobody would remember that it was to be told.
            executor.execute(() -> tell(parcel, occasion, record));
        }
    }

    /** Writes a report, as often as it takes, and goes on. Blocking. */
    private void tell(Parcel parcel, Occasion occasion, Runnable then) {
        try {
            reports.write(parcel, occasion);
        } catch (QueueUnavailableException | StoreUnavailableException e) {
            LOGGER.log(Level.WARNING, "a report cannot be written; trying again in a moment: " + e);
            failed.add(() -> tell(parcel, occasion, then));
            return;
        } catch (RuntimeException e) {
            // It would be the same each time, and an outcome that is never recorded is worse than one that is not told.
            LOGGER.log(Level.ERROR, "a report on " + occasion.recipient() + " cannot be made", e);
        }
        then.run();
    }

    private static Step finalStep(
            Receipt receipt,
            EmailAddress recipient,
            DeliveryState state,
            int number,
            Optional<Attempt> attempt,
            String explanation,
            Instant at) {
        return new Step(
                receipt.message(),
                recipient,
                state,
                number,
                attempt,
                Optional.empty(),
                Optional.empty(),
                explanation,
                at);
    }

    private void record(List<? extends Change> changes, Runnable whenRecorded) {
        if (!changes.isEmpty()) {
            recorder.submit(changes, whenRecorded);
        }
    }

    private void left(Receipt receipt, List<EmailAddress> recipients) {
        if (receipt.recorded(recipients)) {
            window.remove(receipt);
            receipt.acknowledge();
        } else {
            // Others of the entry may have waited for these.
            moveDeferralsSoon(receipt);
        }
    }

    /** To be called about once a second: moves deferrals that have waited for others long enough, or could not be written before, and what else has failed. */
    public void tick() {
        window.all().forEach(this::moveDeferrals);
        for (int left = failed.size(); left > 0; left--) {
            Optional.ofNullable(failed.poll()).ifPresent(executor::execute);
        }
    }

    EntryId newEntryId() {
        return new EntryId(MessageId.at(clock.instant(), random).value());
    }

    /** Keeps the entries of a message out of work, until {@link #resume}. What is in work goes on. One at a time for a message. */
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

    /** What was, or is about to be, recorded of the acceptance of a message whose first entry is in work. */
    Optional<Change.Accepted> acceptance(MessageId message) {
        return window.find(EntryId.firstOf(message)).map(Receipt::acceptance);
    }

    /** The deliveries of a message that are in work. */
    Set<EmailAddress> recipientsInWork(MessageId message) {
        return window.ofMessage(message).stream()
                .flatMap(receipt -> receipt.recipients().stream())
                .collect(Collectors.toSet());
    }

    /**
     * Takes those deliveries of a suspended message out of work that no attempt is under way for, and returns them; {@link #endCancelling} must follow.
     *
     * @param entry of this entry only
     */
    Set<EmailAddress> startCancelling(MessageId message, Optional<EntryId> entry) {
        // What is in the queue now was written before its fate was.
        lookUpBefore = clock.instant();
        Set<EmailAddress> taken = new HashSet<>();
        for (Receipt receipt : window.ofMessage(message)) {
            if (entry.isEmpty() || entry.get().equals(receipt.entry())) {
                receipt.recipients().stream()
                        .filter(recipient -> takeForCancel(receipt, recipient))
                        .forEach(taken::add);
            }
        }
        return taken;
    }

    private boolean takeForCancel(Receipt receipt, EmailAddress recipient) {
        Optional<Receipt.Deferral> deferral = receipt.takeDeferral(recipient);
        // The attempt belongs into the trace, whatever comes of the cancellation.
        deferral.ifPresent(made -> {
            receipt.ownershipIsRecorded();
            record(List.of(made.putOff().to(receipt.entry(), made.nextAttemptAt())), () -> {});
        });
        return deferral.isPresent()
                || !receipt.leavePipeline(List.of(recipient)).isEmpty();
    }

    /** Ends what {@link #startCancelling} began; what could not be recorded goes on. */
    void endCancelling(MessageId message, Set<EmailAddress> taken, boolean recorded) {
        for (Receipt receipt : window.ofMessage(message)) {
            List<EmailAddress> affected =
                    receipt.recipients().stream().filter(taken::contains).toList();
            if (recorded) {
                left(receipt, affected);
            } else {
                receipt.backToDelivery(affected);
                affected.forEach(recipient -> onPostponed(receipt, recipient, "a cancellation could not be recorded"));
            }
        }
    }

    /** The entry is about to be written, and the record that it owns deliveries follows: until then it can neither be worked on nor dropped. */
    void expectOwner(EntryId entry) {
        expectedOwners.add(entry);
    }

    /** Whether the record that the entry owns deliveries is on its way. */
    boolean isOwnerExpected(EntryId entry) {
        return expectedOwners.contains(entry);
    }

    void ownerRecorded(EntryId entry) {
        expectedOwners.remove(entry);
    }

    /** The entry, which is about to come, is attempted whatever else waits, also where nobody answers. */
    void isUrgent(EntryId entry) {
        urgent.add(entry);
    }

    /** What rests outside of the window. */
    public Backlogs backlogs() {
        return backlogs;
    }

    Optional<Parcel> inWork(MessageId message) {
        return window.ofMessage(message).stream().findFirst().map(Receipt::forRetry);
    }
}
