package io.postrider.trace;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A thing that happened to a message or a delivery, as the log records it. Recording the same change twice has the effect of once. */
public sealed interface Change {
    MessageId message();

    /**
     * The message was accepted: a row for it, a row in state {@code queued} for each recipient, owned by its first entry, and the events {@code accepted}
     * and {@code queued}. What is there already stays, be it the rows of an earlier recording or the outcome of a delivery that was faster.
     */
    record Accepted(AcceptedMessage accepted) implements Change {
        @Override
        public MessageId message() {
            return accepted.id();
        }
    }

    /**
     * A delivery took a step. The row of the delivery is made when it is not there. A row in a final state keeps it (only {@code delivered} may become {@code
     * bounced}); the attempt is recorded all the same, the event is not.
     *
     * @param number of attempts made so far, this one included; with {@code message}, {@code recipient} and {@code state} it names the step
     * @param attempt the attempt that caused the step, if one did
     * @param nextAttemptAt for {@code deferred}
     * @param owner the entry that owns the delivery from now on; empty when the state is final or the owner stays
     * @param explanation why, in a sentence
     */
    record Step(
            MessageId message,
            EmailAddress recipient,
            DeliveryState state,
            int number,
            Optional<Attempt> attempt,
            Optional<Instant> nextAttemptAt,
            Optional<EntryId> owner,
            String explanation,
            Instant at)
            implements Change {
        /** The hop that the delivery is bound to from now on, when the outcome of the attempt is unknown. */
        public Optional<String> pinsTo() {
            return attempt.filter(made ->
                            made.outcome() instanceof Deferred deferred && deferred.fault() == Fault.UNKNOWN_OUTCOME)
                    .map(Attempt::route);
        }
    }

    /**
     * Deliveries were put aside for a person to look at: their rows get the state {@code held} and the owner {@code mail.key()}, and the mail is kept, in the same
     * transaction. Recipients in a final state stay as they are.
     */
    record Held(HeldMail mail, List<EmailAddress> recipients) implements Change {
        public Held {
            recipients = List.copyOf(recipients);
        }

        @Override
        public MessageId message() {
            return mail.message();
        }
    }

    /**
     * A held mail went back to the queue: deliveries that it owns go to the entry given, in state {@code queued}, and the mail is no longer kept.
     */
    record Released(MessageId message, EntryId held, EntryId owner, Instant at) implements Change {}
}
