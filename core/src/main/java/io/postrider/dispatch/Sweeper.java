package io.postrider.dispatch;

import io.postrider.mail.MessageId;
import io.postrider.trace.Change;
import io.postrider.trace.Change.Step;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMails;
import io.postrider.trace.MessageLog;
import io.postrider.trace.OpenDeliveries;
import io.postrider.trace.OpenDeliveries.Orphan;
import io.postrider.trace.OpenDeliveries.Overdue;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares what the log says with what the queue holds, so that nobody is forgotten: a delivery has a final state, or an entry that leads to its next attempt, or
 * it is held and says why.
 *
 * <p>A delivery whose entry is gone keeps its owner when it is held: should the entry turn up after all, the delivery goes on as if nothing had been. So an
 * alarm that was wrong costs neither a mail nor a second copy.
 */
public final class Sweeper implements Sweeps {
    private static final Logger LOGGER = System.getLogger(Sweeper.class.getName());
    static final String LOST =
            "its queue entry is gone, and no copy of the mail is kept: send it again, then cancel this one";

    /**
     * @param grace how much later than due something must be before it is looked at
     * @param maxWorkTime after which an entry in work is taken out of it
     * @param maxPerRun deliveries and mails that one run looks at
     */
    public record Limits(Duration grace, Duration maxWorkTime, int maxPerRun) {}

    /**
     * What a run found, and dealt with.
     *
     * @param checked deliveries that were late, and looked for in the queue
     * @param lost deliveries without an entry, held by this run
     * @param stuck recipients taken out of work by this run
     * @param adopted entries since the run before that the log knew nothing of, and that were taken into it
     * @param orphans kept mails that no delivery referred to, discarded by this run
     * @param unknownMails kept mails of messages that the log does not know: left alone, for a person to release or delete
     * @param withoutMail deliveries that are held and have no mail, found by this run or an earlier one
     */
    public record Report(
            Instant at,
            Duration duration,
            int checked,
            int lost,
            int stuck,
            long adopted,
            int orphans,
            int unknownMails,
            long withoutMail) {
        /** Whether a person should look. */
        public boolean isAlarm() {
            return lost + stuck + adopted + unknownMails > 0 || withoutMail > 0;
        }
    }

    private final Clock clock;
    private final Dispatcher dispatcher;
    private final Operations operations;
    private final EntryQueue queue;
    private final QueueSurvey survey;
    private final MessageLog log;
    private final HeldMails heldMails;
    private final OpenDeliveries deliveries;
    private final Limits limits;
    private volatile Optional<Report> last = Optional.empty();
    /** How many of the entries that the log did not know have been in a report. */
    private volatile long adoptionsReported;
    /** Where the next run goes on, so that many late ones do not hide those behind them. Guarded by this. */
    private Optional<Overdue> reached = Optional.empty();

    public Sweeper(
            Clock clock,
            Dispatcher dispatcher,
            Operations operations,
            EntryQueue queue,
            QueueSurvey survey,
            MessageLog log,
            HeldMails heldMails,
            OpenDeliveries deliveries,
            Limits limits) {
        this.clock = clock;
        this.dispatcher = dispatcher;
        this.operations = operations;
        this.queue = queue;
        this.survey = survey;
        this.log = log;
        this.heldMails = heldMails;
        this.deliveries = deliveries;
        this.limits = limits;
    }

    @Override
    public Optional<Report> last() {
        return last;
    }

    /** Whether a person should look: at what the last run found, or at what was taken into the log since. */
    public boolean isAlarm() {
        return last.filter(Report::isAlarm).isPresent() || dispatcher.adopted() > adoptionsReported;
    }

    @Override
    public synchronized Report run() {
        Instant start = clock.instant();
        int stuck = dispatcher.endStuck(limits.maxWorkTime());
        List<Overdue> late = late(start.minus(limits.grace()));
        int lost = hold(withoutEntry(late));
        List<Orphan> orphans = deliveries.orphans(start.minus(limits.grace()), limits.maxPerRun());
        int discarded = discard(orphans);
        long adoptions = dispatcher.adopted();
        Report report = new Report(
                start,
                Duration.between(start, clock.instant()),
                late.size(),
                lost,
                stuck,
                adoptions - adoptionsReported,
                discarded,
                orphans.size() - discarded,
                deliveries.heldWithoutMail());
        if (report.isAlarm()) {
            LOGGER.log(Level.ERROR, "the sweeper found what should not be: " + report);
        }
        last = Optional.of(report);
        adoptionsReported = adoptions;
        return report;
    }

    private List<Overdue> late(Instant before) {
        List<Overdue> page = deliveries.overdue(before, reached, limits.maxPerRun());
        reached = page.size() < limits.maxPerRun() ? Optional.empty() : Optional.of(page.get(page.size() - 1));
        return page.stream()
                .filter(overdue -> isOlderThan(before, overdue.row().owner()))
                .toList();
    }

    /** An entry that was written a moment ago, for a delivery that should go at once, is not late. */
    private static boolean isOlderThan(Instant before, Optional<EntryId> owner) {
        return owner.isEmpty() || new MessageId(owner.get().value()).time().isBefore(before);
    }

    /** An entry goes from those that wait for their time to those that wait for their turn, so they are asked in this order. */
    private List<Overdue> withoutEntry(List<Overdue> late) {
        List<Overdue> notWaiting = late.stream()
                .filter(overdue ->
                        !dispatcher.recipientsInWork(overdue.message()).contains(overdue.recipient()))
                .filter(overdue -> !waits(overdue.row()))
                .toList();
        if (notWaiting.isEmpty()) {
            return List.of();
        }
        Set<EntryId> owners = notWaiting.stream()
                .flatMap(overdue -> overdue.row().owner().stream())
                .collect(Collectors.toSet());
        Set<EntryId> present = survey.present(owners);
        return notWaiting.stream()
                .filter(overdue ->
                        overdue.row().owner().filter(present::contains).isEmpty())
                .toList();
    }

    private boolean waits(DeliveryRow row) {
        return row.owner()
                        .flatMap(owner -> row.nextAttemptAt().flatMap(due -> queue.findWaiting(owner, due)))
                        .isPresent()
                || row.owner().flatMap(dispatcher.backlogs()::find).isPresent();
    }

    private int hold(List<Overdue> lost) {
        Map<MessageId, List<Overdue>> byMessage =
                lost.stream().collect(Collectors.groupingBy(Overdue::message, LinkedHashMap::new, Collectors.toList()));
        return byMessage.entrySet().stream()
                .mapToInt(message -> operations.whileSuspended(
                        message.getKey(), () -> holdUnchanged(message.getKey(), message.getValue())))
                .sum();
    }

    /** What is still as it was before the queue was asked is lost; the rest has gone on meanwhile. */
    private int holdUnchanged(MessageId message, List<Overdue> lost) {
        var inWork = dispatcher.recipientsInWork(message);
        Set<DeliveryRow> rows = Set.copyOf(log.deliveries(List.of(message)).getOrDefault(message, List.of()));
        Instant now = clock.instant();
        List<Change> steps = lost.stream()
                .filter(overdue -> rows.contains(overdue.row()) && !inWork.contains(overdue.recipient()))
                .<Change>map(overdue -> new Step(
                        message,
                        overdue.recipient(),
                        DeliveryState.HELD,
                        overdue.row().attempts(),
                        Optional.empty(),
                        Optional.empty(),
                        overdue.row().owner(),
                        LOST,
                        now))
                .toList();
        log.append(steps);
        steps.forEach(step -> LOGGER.log(Level.ERROR, "a delivery of " + message + " was lost: " + step));
        return steps.size();
    }

    private int discard(List<Orphan> orphans) {
        int discarded = 0;
        for (Orphan orphan : orphans) {
            if (orphan.knownMessage() && heldMails.discard(orphan.key(), clock.instant())) {
                LOGGER.log(
                        Level.WARNING,
                        "the kept mail " + orphan.key() + " of " + orphan.message()
                                + " was discarded: no delivery referred to it");
                discarded++;
            }
        }
        return discarded;
    }
}
