package io.postrider.delivery.smtp;

import io.netty.util.concurrent.Future;
import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine.Listener;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The recipients of a consignment that share a return path, each with exactly one report to the listener. Lives on one event loop. */
final class MailTransaction {
    private static final Logger LOGGER = LoggerFactory.getLogger(MailTransaction.class);

    private final String id;
    private final Hop hop;
    private final Optional<EmailAddress> returnPath;
    private final List<Slot> slots;
    private final Content content;
    private final Listener listener;
    private boolean freshConnection;
    private @Nullable Future<?> waiting;

    /** A recipient and how far it came. */
    static final class Slot {
        private final EmailAddress recipient;
        private final List<String> talk = new ArrayList<>();
        private Stage stage = Stage.OFFERED;

        Slot(EmailAddress recipient) {
            this.recipient = recipient;
        }

        EmailAddress recipient() {
            return recipient;
        }

        /** What was said about this recipient alone. */
        List<String> talk() {
            return talk;
        }

        boolean is(Stage wanted) {
            return stage == wanted;
        }

        void accepted() {
            stage = Stage.ACCEPTED;
        }

        /** The peer has enough recipients; this one is for the next transaction. */
        void leftOver() {
            stage = Stage.LEFT_OVER;
        }

        private void offeredAgain() {
            stage = Stage.OFFERED;
            talk.clear();
        }
    }

    enum Stage {
        OFFERED,
        ACCEPTED,
        LEFT_OVER,
        REPORTED
    }

    MailTransaction(
            String id,
            Hop hop,
            Optional<EmailAddress> returnPath,
            List<EmailAddress> recipients,
            Content content,
            Listener listener) {
        this.id = id;
        this.hop = hop;
        this.returnPath = returnPath;
        this.slots = recipients.stream().map(Slot::new).toList();
        this.content = content;
        this.listener = listener;
    }

    Optional<EmailAddress> returnPath() {
        return returnPath;
    }

    Content content() {
        return content;
    }

    List<Slot> slots(Stage stage) {
        return slots.stream().filter(slot -> slot.is(stage)).toList();
    }

    boolean hasAny(Stage stage) {
        return slots.stream().anyMatch(slot -> slot.is(stage));
    }

    /** Whether there is a recipient that the listener has not heard of. */
    boolean isUndecided() {
        return slots.stream().anyMatch(slot -> !slot.is(Stage.REPORTED));
    }

    /** Those left over, as a transaction of their own. */
    Optional<MailTransaction> leftOver() {
        List<EmailAddress> recipients =
                slots(Stage.LEFT_OVER).stream().map(Slot::recipient).toList();
        if (recipients.isEmpty()) {
            return Optional.empty();
        }
        slots(Stage.LEFT_OVER).forEach(slot -> slot.stage = Stage.REPORTED); // by the transaction that takes over
        return Optional.of(new MailTransaction(id, hop, returnPath, recipients, content, listener));
    }

    /** Makes ready for another try of all that is not reported yet, on a connection that has carried nothing. */
    void restartOnFreshConnection() {
        freshConnection = true;
        slots.stream().filter(slot -> !slot.is(Stage.REPORTED)).forEach(Slot::offeredAgain);
    }

    boolean wantsFreshConnection() {
        return freshConnection;
    }

    void waitsUntil(Future<?> timeout) {
        waiting = timeout;
    }

    void waitsNoMore() {
        if (waiting != null) {
            waiting.cancel(false);
            waiting = null;
        }
    }

    void report(Slot slot, DeliveryOutcome outcome, Exchange exchange) {
        tell(slot, () -> {
            Attempt attempt = exchange.attempt(hop, outcome, slot.talk);
            LOGGER.debug("{} to {} by {}: {}", id, slot.recipient, hop, outcome);
            listener.attempted(slot.recipient, attempt);
        });
    }

    void reportAll(DeliveryOutcome outcome, Exchange exchange) {
        reportAll(slot -> report(slot, outcome, exchange));
    }

    void postponeAll(String reason) {
        reportAll(slot -> tell(slot, () -> listener.postponed(slot.recipient, reason)));
    }

    private void reportAll(Consumer<Slot> report) {
        slots.stream().filter(slot -> !slot.is(Stage.REPORTED)).forEach(report);
    }

    private void tell(Slot slot, Runnable report) {
        if (slot.is(Stage.REPORTED)) {
            return;
        }
        slot.stage = Stage.REPORTED;
        try {
            report.run();
        } catch (RuntimeException e) {
            LOGGER.error("{}: the listener failed for {}", id, slot.recipient, e);
        }
    }
}
