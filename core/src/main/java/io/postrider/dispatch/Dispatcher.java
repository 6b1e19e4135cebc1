package io.postrider.dispatch;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.delivery.PostponeDelay;
import io.postrider.delivery.RetrySchedules;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.MessageId;
import io.postrider.route.Hop;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.MessageLog;
import io.postrider.trace.Recorder;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
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

    /**
     * @param maxEntries entries in work at a time
     * @param maxBytes bytes of the entries in work at a time
     * @param postponeDelay until a delivery comes back that found its hop busy
     */
    public record Limits(int maxEntries, long maxBytes, PostponeDelay postponeDelay) {}

    private final Clock clock;
    private final Recorder recorder;
    private final Backlogs backlogs;
    private final Window window;
    private final Departures departures;
    private final Outcomes outcomes;
    private final Deferrals deferrals;
    private final Attempts attempts;
    private final Admissions admissions;
    private final Cancellations cancellations;

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
        this.recorder = recorder;
        this.backlogs = backlogs;
        this.window = new Window(limits.maxEntries(), limits.maxBytes());
        this.departures = new Departures(clock, random, executor, queue, recorder, backlogs, window);
        this.outcomes = new Outcomes(clock, executor, reports, departures);
        this.deferrals = new Deferrals(
                clock, random, executor, schedules, limits.postponeDelay(), reports, backlogs, departures, outcomes);
        this.attempts = new Attempts(clock, executor, engine, backlogs, departures, outcomes, deferrals);
        this.admissions = new Admissions(clock, log, recorder, window, departures);
        this.cancellations = new Cancellations(window, departures, deferrals);
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
        admissions.lookUpWhatIsQueued();
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
        return admissions.admit(head, parcel, acknowledge, Optional.empty());
    }

    /**
     * Takes an entry into work that rested in a backlog.
     *
     * @throws io.postrider.store.StoreUnavailableException when the log cannot tell who owns the deliveries: ask again later
     */
    public Admission admit(EntryHead head, Parcel parcel, Backlogs.Taken taken) {
        return admissions.admit(head, parcel, taken::acknowledge, Optional.of(taken));
    }

    /** How many entries the log knew nothing of, since the start. */
    long adopted() {
        return admissions.adopted();
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
            deferrals.postpone(receipt, recipient, reason);
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
        deferrals.deferOrExpire(receipt, recipient, receipt.countAttempt(recipient), 1, attempt, unknown);
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
        window.find(entry).ifPresent(receipt -> attempts.handOver(receipt, handOver));
    }

    /** Ends the pipeline's work on an entry: recipients that it neither handed over nor decided on are held, as nobody else would remember them. */
    public void endOfPipeline(EntryId entry, String causeIfHeld) {
        window.find(entry).ifPresent(receipt -> {
            List<EmailAddress> forgotten = receipt.endOfPipeline();
            if (!forgotten.isEmpty()) {
                departures.hold(receipt, forgotten, causeIfHeld);
            }
            departures.moveDeferralsSoon(receipt);
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
            return held.isEmpty() ? Optional.empty() : Optional.of(departures.hold(receipt, held, cause));
        });
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
        departures.requeue(receipt, moved, parcel, due);
    }

    /** Puts off recipients that are still in the pipeline, as something that it needs does not answer; counts as no attempt. */
    public void postpone(EntryId entry, String reason) {
        window.find(entry)
                .ifPresent(receipt -> receipt.toDelivery(receipt.recipients())
                        .forEach(recipient -> deferrals.postpone(receipt, recipient, reason)));
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
                outcomes.conclude(
                        receipt, recipient, DeliveryState.BOUNCED, number, Optional.empty(), status, explanation);
            }
        });
    }

    /** To be called about once a second: moves deferrals that have waited for others long enough, or could not be written before, and what else has failed. */
    public void tick() {
        window.all().forEach(departures::moveDeferrals);
        outcomes.retryReports();
    }

    EntryId newEntryId() {
        return departures.newEntryId();
    }

    /** Keeps the entries of a message out of work, until it is resumed as often. What is in work goes on. */
    void suspend(MessageId message) {
        admissions.suspend(message);
    }

    void resume(MessageId message) {
        admissions.resume(message);
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
        admissions.lookUpWhatIsQueued();
        return cancellations.start(message, entry);
    }

    /** Ends what {@link #startCancelling} began; what could not be recorded goes on. */
    void endCancelling(MessageId message, Set<EmailAddress> taken, boolean recorded) {
        cancellations.end(message, taken, recorded);
    }

    /** The entry is about to be written, and the record that it owns deliveries follows: until then it can neither be worked on nor dropped. */
    void expectOwner(EntryId entry) {
        departures.expectOwner(entry);
    }

    /** Whether the record that the entry owns deliveries is on its way. */
    boolean isOwnerExpected(EntryId entry) {
        return departures.isOwnerExpected(entry);
    }

    void ownerRecorded(EntryId entry) {
        departures.ownerRecorded(entry);
    }

    /** The entry, which is about to come, is attempted whatever else waits, also where nobody answers. */
    void isUrgent(EntryId entry) {
        admissions.isUrgent(entry);
    }

    /** What rests outside of the window. */
    public Backlogs backlogs() {
        return backlogs;
    }

    Optional<Parcel> inWork(MessageId message) {
        return window.ofMessage(message).stream().findFirst().map(Receipt::forRetry);
    }
}
