package io.postrider.dispatch;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.delivery.Lane;
import io.postrider.delivery.PostponeDelay;
import io.postrider.delivery.RetrySchedule;
import io.postrider.delivery.RetrySchedules;
import io.postrider.dispatch.Reports.Occasion;
import io.postrider.dsn.DeliveryReport.Action;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.trace.Change.Step;
import io.postrider.trace.DeliveryState;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** Decides when a delivery that has no outcome yet is tried again, where it waits until then, and when its time is over. */
final class Deferrals {
    private static final Logger LOGGER = System.getLogger(Deferrals.class.getName());
    private static final EnhancedStatusCode NOT_NOW = new EnhancedStatusCode(4, 0, 0);
    private static final EnhancedStatusCode TIME_OVER = new EnhancedStatusCode(4, 4, 7);

    private final Clock clock;
    private final RandomGenerator random;
    private final Executor executor;
    private final RetrySchedules schedules;
    private final PostponeDelay postponeDelay;
    private final Reports reports;
    private final Backlogs backlogs;
    private final Departures departures;
    private final Outcomes outcomes;

    /** @param postponeDelay until a delivery comes back that found its hop busy */
    Deferrals(
            Clock clock,
            RandomGenerator random,
            Executor executor,
            RetrySchedules schedules,
            PostponeDelay postponeDelay,
            Reports reports,
            Backlogs backlogs,
            Departures departures,
            Outcomes outcomes) {
        this.clock = clock;
        this.random = random;
        this.executor = executor;
        this.schedules = schedules;
        this.postponeDelay = postponeDelay;
        this.reports = reports;
        this.backlogs = backlogs;
        this.departures = departures;
        this.outcomes = outcomes;
    }

    /** An attempt has ended without an outcome: the next comes by the schedule, if there is one. */
    void deferOrExpire(
            Receipt receipt, EmailAddress recipient, int number, int hops, Attempt attempt, Deferred deferred) {
        // Where hops cannot be reached, a round asks each of them once, and the schedule goes on by rounds.
        int round = deferred.fault() == Fault.ROUTE ? Math.max(1, number / hops) : number;
        RetrySchedule schedule = scheduleOf(receipt);
        Optional<Instant> next = schedule.next(round, receipt.original().acceptedAt(), clock.instant(), random);
        if (next.isEmpty()) {
            String explanation = "given up after " + number + " attempts, as " + schedule.key() + ".ttl "
                    + schedule.ttl() + " is over; the last one: " + deferred.reason();
            outcomes.finish(
                    receipt, recipient, DeliveryState.EXPIRED, number, Optional.of(attempt), TIME_OVER, explanation);
        } else {
            String explanation =
                    deferred.reason() + "; by " + schedule.key() + ".schedule attempt " + (number + 1) + " comes at ";
            putOff(receipt, recipient, number, Optional.of(attempt), next.get(), 0, explanation);
        }
    }

    /** No attempt could be made. */
    void postpone(Receipt receipt, EmailAddress recipient, String reason) {
        int earlier = receipt.original().postponements();
        comeBack(receipt, recipient, reason, earlier + 1, postponeDelay.after(earlier));
    }

    /** The message must be encoded for its hop first: it comes back soon, and that counts as no postponement. */
    void comeBackSoon(Receipt receipt, EmailAddress recipient, String reason) {
        comeBack(receipt, recipient, reason, 0, postponeDelay.first());
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
        outcomes.finish(receipt, recipient, DeliveryState.EXPIRED, number, Optional.empty(), TIME_OVER, explanation);
    }

    /** Has a recipient leave the window for the backlog of a lane; returns false when there is none for it. Counts as no attempt. */
    boolean rest(Receipt receipt, EmailAddress recipient, Lane lane, String reason) {
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
        Duration delay = postponeDelay.after(earlier);
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
        departures.moveDeferralsSoon(receipt);
    }

    /** A report of a delay that cannot be written is written with the next deferral. */
    private void tellDelay(Receipt receipt, EmailAddress recipient, Optional<Attempt> attempt, String explanation) {
        Parcel parcel = receipt.forRetry();
        if (!reports.isDelayed(parcel) || !reports.mayBeWanted(parcel, recipient, Action.DELAYED)) {
            return;
        }
        Instant until = parcel.acceptedAt().plus(scheduleOf(receipt).ttl());
        EnhancedStatusCode status = attempt.flatMap(made -> made.outcome().finalReply())
                .map(reply -> Outcomes.statusOf(reply, NOT_NOW))
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

    private RetrySchedule scheduleOf(Receipt receipt) {
        return schedules.of(receipt.original().accepted(List.of()).stream());
    }
}
