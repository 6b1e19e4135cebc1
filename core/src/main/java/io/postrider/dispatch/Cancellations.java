package io.postrider.dispatch;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Takes deliveries of a message out of work for good, as far as no attempt is under way for them. */
final class Cancellations {
    private final Window window;
    private final Departures departures;
    private final Deferrals deferrals;

    Cancellations(Window window, Departures departures, Deferrals deferrals) {
        this.window = window;
        this.departures = departures;
        this.deferrals = deferrals;
    }

    /**
     * Takes those deliveries of a suspended message out of work that no attempt is under way for, and returns them; {@link #end} must follow.
     *
     * @param entry of this entry only
     */
    Set<EmailAddress> start(MessageId message, Optional<EntryId> entry) {
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
            departures.record(List.of(made.putOff().to(receipt.entry(), made.nextAttemptAt())), () -> {});
        });
        return deferral.isPresent()
                || !receipt.leavePipeline(List.of(recipient)).isEmpty();
    }

    /** Ends what {@link #start} began; what could not be recorded goes on. */
    void end(MessageId message, Set<EmailAddress> taken, boolean recorded) {
        for (Receipt receipt : window.ofMessage(message)) {
            List<EmailAddress> affected =
                    receipt.recipients().stream().filter(taken::contains).toList();
            if (recorded) {
                departures.left(receipt, affected);
            } else {
                receipt.backToDelivery(affected);
                affected.forEach(
                        recipient -> deferrals.postpone(receipt, recipient, "a cancellation could not be recorded"));
            }
        }
    }
}
