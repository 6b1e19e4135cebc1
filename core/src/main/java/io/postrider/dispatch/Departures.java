package io.postrider.dispatch;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.Change;
import io.postrider.trace.Change.Step;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMail;
import io.postrider.trace.Recorder;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * How recipients leave an entry: with what is recorded of them, to a new entry, or to the mails that are held. An entry that nobody is left of is acknowledged.
 */
final class Departures {
    private static final Logger LOGGER = System.getLogger(Departures.class.getName());
    /** How long a deferral waits for others of the same message, so that they share one new entry. */
    private static final Duration GATHER = Duration.ofSeconds(2);

    private final Clock clock;
    private final RandomGenerator random;
    private final Executor executor;
    private final EntryQueue queue;
    private final Recorder recorder;
    private final Backlogs backlogs;
    private final Window window;
    private final Set<EntryId> expectedOwners = ConcurrentHashMap.newKeySet();

    Departures(
            Clock clock,
            RandomGenerator random,
            Executor executor,
            EntryQueue queue,
            Recorder recorder,
            Backlogs backlogs,
            Window window) {
        this.clock = clock;
        this.random = random;
        this.executor = executor;
        this.queue = queue;
        this.recorder = recorder;
        this.backlogs = backlogs;
        this.window = window;
    }

    void record(List<? extends Change> changes, Runnable whenRecorded) {
        if (!changes.isEmpty()) {
            recorder.submit(changes, whenRecorded);
        }
    }

    /** What was recorded of these recipients is on disk. */
    void left(Receipt receipt, List<EmailAddress> recipients) {
        if (receipt.recorded(recipients)) {
            window.remove(receipt);
            receipt.acknowledge();
        } else {
            // Others of the entry may have waited for these.
            moveDeferralsSoon(receipt);
        }
    }

    void moveDeferralsSoon(Receipt receipt) {
        if (receipt.hasDeferrals()) {
            executor.execute(() -> moveDeferrals(receipt));
        }
    }

    /**
     * Moves deferrals to new entries: those that are to rest in the same place to one of its backlog, the others to one for those of about the same time. With more
     * than one such place, a mail is put off as if there were none, so that it is not written for each of them. Blocking.
     */
    void moveDeferrals(Receipt receipt) {
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

    /**
     * Writes recipients that have left the pipeline to a new entry, with the mail as it is now. Blocking.
     *
     * @throws EntryQueue.QueueUnavailableException when the new entry is not known to be on disk; they are in the pipeline again then
     */
    void requeue(Receipt receipt, List<EmailAddress> moved, Parcel parcel, Optional<Instant> due) {
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

    /** Puts recipients that have left the pipeline aside, for a person to look at; answers the key of the held mail. */
    EntryId hold(Receipt receipt, List<EmailAddress> recipients, String cause) {
        HeldMail mail = new HeldMail(
                newEntryId(), receipt.message(), receipt.original().serialise(recipients), cause, clock.instant());
        record(List.of(new Change.Held(mail, recipients)), () -> left(receipt, recipients));
        return mail.key();
    }

    EntryId newEntryId() {
        return new EntryId(MessageId.at(clock.instant(), random).value());
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
}
