package io.postrider.dispatch;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.EntryId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The set of recipients of one unacknowledged entry that have neither a recorded outcome nor a new entry. It is acknowledged when the set is empty, once.
 *
 * <p>A recipient goes from {@code PIPELINE} to {@code DELIVERY} (or is decided on in the pipeline), and leaves the set when its outcome is on disk. Guarded by
 * itself.
 */
final class Receipt {
    private enum Stage {
        PIPELINE,
        DELIVERY,
        /** Its outcome is known, and on its way to the disk. */
        LEAVING
    }

    private static final class Progress {
        Stage stage = Stage.PIPELINE;
        int attempts;
        final Optional<String> pinnedTo;
        /** The hop that it was handed to last. */
        Optional<String> hop = Optional.empty();

        Progress(DeliveryRow row) {
            this.attempts = row.attempts();
            this.pinnedTo = row.pinnedTo();
        }
    }

    /**
     * A recipient that is to be put off.
     *
     * @param postponements since its last attempt
     * @param rest where it rests instead, if there is no more than one such place for the recipients of the entry
     */
    record Deferral(
            EmailAddress recipient,
            Instant since,
            Instant nextAttemptAt,
            int postponements,
            PutOff putOff,
            Optional<Rest> rest) {
        /** Whether one entry may stand for both: their delays differ by little. */
        boolean isCloseTo(Deferral earlier) {
            long delay = Duration.between(earlier.since, earlier.nextAttemptAt).toMillis();
            return Duration.between(earlier.nextAttemptAt, nextAttemptAt).toMillis() <= delay / 2;
        }
    }

    /** @param until the time of the mail is over then */
    record Rest(BacklogId backlog, Instant until, PutOff putOff) {}

    /** Makes the change that records that a recipient was put off, once the new entry is known. */
    @FunctionalInterface
    interface PutOff {
        Change.Step to(EntryId newEntry, Instant due);
    }

    /**
     * How an entry came into work.
     *
     * @param acknowledge removes it from the queue for good
     * @param from the backlog that it was taken from
     * @param urgent whether it is to be attempted whatever else waits
     */
    record Ticket(Runnable acknowledge, Optional<Backlogs.Taken> from, boolean urgent) {}

    private final EntryHead head;
    private final Parcel original;
    private final Ticket ticket;
    private final Instant since;
    private final Map<EmailAddress, Progress> open = new LinkedHashMap<>();
    private final List<Deferral> deferrals = new ArrayList<>();
    private Optional<Parcel> forRetry = Optional.empty();
    private boolean pipelineDone;
    /** Whether something was recorded that says that this entry owns deliveries: it may come to the disk later than what another does. */
    private boolean ownershipRecorded;

    private boolean settled;

    Receipt(EntryHead head, Parcel original, Collection<DeliveryRow> owned, Ticket ticket, Instant since) {
        this.head = head;
        this.original = original;
        this.ticket = ticket;
        this.since = since;
        owned.forEach(row -> open.put(row.recipient(), new Progress(row)));
    }

    EntryId entry() {
        return head.id();
    }

    MessageId message() {
        return head.message();
    }

    /** When it was taken into work. */
    Instant since() {
        return since;
    }

    /** The recipients whose outcome is not known yet. */
    synchronized List<EmailAddress> undecided() {
        return open.entrySet().stream()
                .filter(recipient -> recipient.getValue().stage != Stage.LEAVING)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** An attempt begins, by this hop. */
    synchronized void isAttempted(Collection<EmailAddress> recipients, String hop) {
        for (EmailAddress recipient : recipients) {
            Progress progress = open.get(recipient);
            if (progress != null) {
                progress.hop = Optional.of(hop);
            }
        }
    }

    /** The hop of the attempt that a recipient is in, if it is in one. */
    synchronized Optional<String> attemptedBy(EmailAddress recipient) {
        return Optional.ofNullable(open.get(recipient))
                .filter(progress -> progress.stage == Stage.DELIVERY)
                .flatMap(progress -> progress.hop);
    }

    long size() {
        return head.size();
    }

    /** The mail as the entry has it. */
    Parcel original() {
        return original;
    }

    Change.Accepted acceptance() {
        return new Change.Accepted(original.accepted(head.recipients()));
    }

    /** The mail as a retry needs it: as the first stage of the pipeline left it. */
    synchronized Parcel forRetry() {
        return forRetry.orElse(original);
    }

    synchronized void keepForRetry(Parcel parcel) {
        forRetry = Optional.of(parcel);
    }

    /** The recipients that are still in the set. */
    synchronized List<EmailAddress> recipients() {
        return List.copyOf(open.keySet());
    }

    /** Takes recipients out of the pipeline into delivery; returns those that were there. */
    synchronized List<EmailAddress> toDelivery(Collection<EmailAddress> recipients) {
        return move(recipients, Stage.PIPELINE, Stage.DELIVERY);
    }

    /** Takes recipients out of the pipeline for good; returns those that were there. */
    synchronized List<EmailAddress> leavePipeline(Collection<EmailAddress> recipients) {
        return move(recipients, Stage.PIPELINE, Stage.LEAVING);
    }

    /** The pipeline is through: takes what it left behind out of it. */
    synchronized List<EmailAddress> endOfPipeline() {
        pipelineDone = true;
        return move(List.copyOf(open.keySet()), Stage.PIPELINE, Stage.LEAVING);
    }

    /** An outcome is known. Returns false when there was one before. */
    synchronized boolean leaveDelivery(EmailAddress recipient) {
        return !move(List.of(recipient), Stage.DELIVERY, Stage.LEAVING).isEmpty();
    }

    /** The hop that a recipient may only go to, when there is one. */
    synchronized Optional<String> pinnedTo(EmailAddress recipient) {
        return Optional.ofNullable(open.get(recipient)).flatMap(progress -> progress.pinnedTo);
    }

    /** Counts an attempt, and returns how many it makes. */
    synchronized int countAttempt(EmailAddress recipient) {
        Progress progress = open.get(recipient);
        return progress == null ? 1 : ++progress.attempts;
    }

    synchronized int attempts(EmailAddress recipient) {
        Progress progress = open.get(recipient);
        return progress == null ? 0 : progress.attempts;
    }

    /** Takes back that a recipient is to be put off, unless that is on its way to the disk already. */
    synchronized Optional<Deferral> takeDeferral(EmailAddress recipient) {
        Optional<Deferral> found = deferrals.stream()
                .filter(deferral -> deferral.recipient().equals(recipient))
                .findFirst();
        found.ifPresent(deferrals::remove);
        return found;
    }

    /** What was taken out of the pipeline is back in it. */
    synchronized void backToPipeline(Collection<EmailAddress> recipients) {
        move(recipients, Stage.LEAVING, Stage.PIPELINE);
    }

    /** What was taken for a cancellation goes on. */
    synchronized void backToDelivery(Collection<EmailAddress> recipients) {
        move(recipients, Stage.LEAVING, Stage.DELIVERY);
    }

    synchronized boolean hasDeferrals() {
        return !deferrals.isEmpty();
    }

    synchronized void defer(Deferral deferral) {
        deferrals.add(deferral);
    }

    /** Takes the deferrals, if nothing more is to be expected or one of them has waited since the time given. */
    synchronized List<Deferral> takeDeferrals(Instant waitingSince) {
        boolean moreToCome =
                !pipelineDone || open.values().stream().anyMatch(progress -> progress.stage != Stage.LEAVING);
        boolean waitedLong =
                deferrals.stream().anyMatch(deferral -> !deferral.since().isAfter(waitingSince));
        if (deferrals.isEmpty() || moreToCome && !waitedLong) {
            return List.of();
        }
        List<Deferral> taken = List.copyOf(deferrals);
        deferrals.clear();
        return taken;
    }

    /** Puts deferrals back that could not be written. */
    synchronized void restore(List<Deferral> taken) {
        deferrals.addAll(taken);
    }

    /** The outcomes of these are on disk. Returns, once, whether they were the last, so that the entry can be acknowledged. */
    synchronized boolean recorded(Collection<EmailAddress> recipients) {
        recipients.forEach(open::remove);
        boolean last = open.isEmpty() && !settled;
        settled |= last;
        return last;
    }

    /** Removes the entry from the queue. */
    void acknowledge() {
        ticket.acknowledge().run();
    }

    boolean isUrgent() {
        return ticket.urgent();
    }

    /** The backlog that it was taken from. */
    Optional<BacklogId> backlog() {
        return ticket.from().map(taken -> taken.entry().backlog());
    }

    /** Ends the work on an entry that stays where it is, with just these recipients. Returns whether that can be. */
    synchronized boolean endsAsItWas(Collection<EmailAddress> recipients) {
        boolean all =
                !settled && pipelineDone && !ownershipRecorded && open.keySet().equals(Set.copyOf(recipients));
        settled |= all;
        return all;
    }

    synchronized void ownershipIsRecorded() {
        ownershipRecorded = true;
    }

    /** Gives the entry back to the backlog that it was taken from. */
    void putBack() {
        ticket.from().orElseThrow().putBack();
    }

    private List<EmailAddress> move(Collection<EmailAddress> recipients, Stage from, Stage to) {
        List<EmailAddress> moved = new ArrayList<>(recipients.size());
        for (EmailAddress recipient : recipients) {
            Progress progress = open.get(recipient);
            if (progress != null && progress.stage == from) {
                progress.stage = to;
                moved.add(recipient);
            }
        }
        return List.copyOf(moved);
    }
}
