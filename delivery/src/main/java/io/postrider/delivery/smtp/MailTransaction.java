package io.postrider.delivery.smtp;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.delivery.DeliveryEngine.Listener;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.Lane;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.dsn.RecipientRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The recipients of a consignment that share a return path, each with exactly one report to the listener. Lives on one event loop. */
final class MailTransaction {
    private static final Logger LOGGER = LoggerFactory.getLogger(MailTransaction.class);

    private final String id;
    private final String tenant;
    private final Hop hop;
    private final Optional<EmailAddress> returnPath;
    private final EnvelopeRequest reports;
    private final Instant handedOverAt;
    private final List<Slot> slots;
    private final Content content;
    private final Listener listener;
    private final boolean urgent;
    private boolean freshConnection;
    private boolean counted;
    private long waitsUntil;

    /** A recipient and how far it came. */
    static final class Slot {
        private final EmailAddress recipient;
        private final RecipientRequest reports;
        private final List<String> earlier = new ArrayList<>();
        private final List<String> talk = new ArrayList<>();
        private Stage stage = Stage.OFFERED;

        Slot(EmailAddress recipient, RecipientRequest reports) {
            this.recipient = recipient;
            this.reports = reports;
        }

        EmailAddress recipient() {
            return recipient;
        }

        RecipientRequest reports() {
            return reports;
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

        /**
         * This one is for the next transaction.
         *
         * @param said what has been said that its trace is to show
         * @param why in words
         */
        void leftOver(List<String> said, String why) {
            stage = Stage.LEFT_OVER;
            earlier.addAll(said);
            Talk.remark(earlier, why);
        }

        private Slot again() {
            Slot slot = new Slot(recipient, reports);
            slot.earlier.addAll(earlier);
            return slot;
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
            String tenant,
            Hop hop,
            Optional<EmailAddress> returnPath,
            EnvelopeRequest reports,
            Instant handedOverAt,
            List<Slot> slots,
            Content content,
            Listener listener,
            boolean urgent) {
        this.id = id;
        this.tenant = tenant;
        this.hop = hop;
        this.returnPath = returnPath;
        this.reports = reports;
        this.handedOverAt = handedOverAt;
        this.slots = List.copyOf(slots);
        this.content = content;
        this.listener = listener;
        this.urgent = urgent;
    }

    Optional<EmailAddress> returnPath() {
        return returnPath;
    }

    EnvelopeRequest reports() {
        return reports;
    }

    /** When delivery got it: what was known of its hop before that was known to the pipeline, too. */
    Instant handedOverAt() {
        return handedOverAt;
    }

    Hop hop() {
        return hop;
    }

    String tenant() {
        return tenant;
    }

    /** Whether addresses are tried that did not answer a short while ago. */
    boolean isUrgent() {
        return urgent;
    }

    Content content() {
        return content;
    }

    List<Slot> slots(Stage stage) {
        List<Slot> there = new ArrayList<>(slots.size());
        for (Slot slot : slots) {
            if (slot.is(stage)) {
                there.add(slot);
            }
        }
        return there;
    }

    boolean hasAny(Stage stage) {
        for (Slot slot : slots) {
            if (slot.is(stage)) {
                return true;
            }
        }
        return false;
    }

    /** Whether there is a recipient that the listener has not heard of. */
    boolean isUndecided() {
        return slots.stream().anyMatch(slot -> !slot.is(Stage.REPORTED));
    }

    /** Those left over, as a transaction of their own. */
    Optional<MailTransaction> leftOver() {
        List<Slot> rest = slots(Stage.LEFT_OVER);
        if (rest.isEmpty()) {
            return Optional.empty();
        }
        rest.forEach(slot -> slot.stage = Stage.REPORTED); // by the transaction that takes over
        return Optional.of(new MailTransaction(
                id,
                tenant,
                hop,
                returnPath,
                reports,
                handedOverAt,
                rest.stream().map(Slot::again).toList(),
                content,
                listener,
                urgent));
    }

    /**
     * All that is not reported yet, for another try on a connection that has carried nothing.
     *
     * @param said on the connection that was lost
     */
    MailTransaction onFreshConnection(List<String> said, String why) {
        slots.stream().filter(slot -> !slot.is(Stage.REPORTED)).forEach(slot -> slot.leftOver(said, why));
        MailTransaction again = leftOver().orElseThrow();
        again.freshConnection = true;
        again.counted = counted;
        return again;
    }

    /** Whether the rate of its hop does not know of it yet. */
    boolean countsForRate() {
        return !counted;
    }

    void isCounted() {
        counted = true;
    }

    boolean wantsFreshConnection() {
        return freshConnection;
    }

    /** @param nanoTime of the system, when the wait for a connection is over */
    void waitsUntil(long nanoTime) {
        waitsUntil = nanoTime;
    }

    long waitsUntil() {
        return waitsUntil;
    }

    void report(Slot slot, DeliveryOutcome outcome, Exchange exchange) {
        tell(slot, () -> {
            Attempt attempt = exchange.attempt(hop, outcome, slot.earlier, slot.talk);
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

    boolean mayWait(Lane lane, DeliveryEngine.Load load) {
        return listener.mayWait(lane, load);
    }

    boolean mayStay(Lane lane, DeliveryEngine.Load load) {
        return listener.mayStay(lane, load);
    }

    void noRoom(Lane lane, String reason) {
        reportAll(slot -> tell(slot, () -> listener.noRoom(slot.recipient, lane, reason)));
    }

    /** @param outcome of the attempt that it counts as, where it counts as one */
    void closed(Lane lane, Instant until, DeliveryOutcome outcome, Exchange exchange) {
        reportAll(slot -> tell(slot, () -> {
            LOGGER.debug("{} to {} by {}: {}", id, slot.recipient, hop, outcome);
            listener.closed(slot.recipient, lane, until, exchange.attempt(hop, outcome, slot.earlier, slot.talk));
        }));
    }

    void sendBackToBeEncoded(String reason) {
        reportAll(slot -> tell(slot, () -> listener.toBeEncoded(slot.recipient, reason)));
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
