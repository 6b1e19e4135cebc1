package io.postrider.dispatch;

import io.postrider.delivery.Attempt;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.Reports.Occasion;
import io.postrider.dsn.DeliveryReport.Action;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.SmtpReply;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.Change.Step;
import io.postrider.trace.DeliveryState;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/** Ends deliveries: has the final state recorded, and told to the sender who wants that. */
final class Outcomes {
    private static final Logger LOGGER = System.getLogger(Outcomes.class.getName());

    private final Clock clock;
    private final Executor executor;
    private final Reports reports;
    private final Departures departures;
    /** Reports that could not be written, and are tried again by {@link #retryReports}. */
    private final Queue<Runnable> failed = new ConcurrentLinkedQueue<>();

    Outcomes(Clock clock, Executor executor, Reports reports, Departures departures) {
        this.clock = clock;
        this.executor = executor;
        this.reports = reports;
        this.departures = departures;
    }

    /** Ends the delivery of a recipient that is in delivery; one that was decided on before is left alone. */
    void finish(
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
    void conclude(
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
        Runnable record = () -> departures.record(List.of(step), () -> departures.left(receipt, List.of(recipient)));
        if (!reports.mayBeWanted(parcel, recipient, action)) {
            record.run();
            return;
        }
        Occasion occasion = new Occasion(action, recipient, status, explanation, attempt, Optional.empty());
        if (taken) {
            // What was delivered must not be sent again, whatever becomes of the report.
            Runnable leave = () -> departures.left(receipt, List.of(recipient));
            departures.record(List.of(step), () -> executor.execute(() -> tell(parcel, occasion, leave)));
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

    /** Tries to write the reports that could not be written. */
    void retryReports() {
        for (int left = failed.size(); left > 0; left--) {
            Optional.ofNullable(failed.poll()).ifPresent(executor::execute);
        }
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

    /** What a peer says in its text counts only where it is of the class that its code is of. */
    static EnhancedStatusCode statusOf(SmtpReply reply, EnhancedStatusCode otherwise) {
        return reply.enhancedCode()
                .filter(code -> code.statusClass() == otherwise.statusClass())
                .orElse(otherwise);
    }
}
