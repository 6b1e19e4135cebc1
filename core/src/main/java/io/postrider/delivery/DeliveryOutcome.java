package io.postrider.delivery;

import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.SmtpReply;
import java.util.Optional;

/** What one attempt came to for one recipient. */
public sealed interface DeliveryOutcome {
    /** The next hop answered 2yz after the end of data. */
    record Delivered(SmtpReply reply) implements DeliveryOutcome {}

    /**
     * Not now: to be tried again.
     *
     * @param reply the reply that said so; none when the connection failed before one
     * @param reason in words, for the trace
     * @param fault what kind of failure it was
     */
    record Deferred(Optional<SmtpReply> reply, String reason, Fault fault) implements DeliveryOutcome {}

    /** Never: the next hop refused this recipient, or the message for it, with 5yz. */
    record Bounced(SmtpReply reply) implements DeliveryOutcome {}

    /**
     * Never, and no reply was needed to tell: the domain of the recipient takes no mail, or the next hop none of that size.
     *
     * @param status of class 5
     * @param reason in words, for the trace
     */
    record Undeliverable(EnhancedStatusCode status, String reason) implements DeliveryOutcome {
        public Undeliverable {
            if (status.statusClass() != 5) {
                throw new IllegalArgumentException("status: " + status + " (expected: one of class 5)");
            }
        }
    }

    /** Whose fault a deferral is; it decides about fail-over. */
    enum Fault {
        /** The next hop answered 4yz about this mail: try the same way later. */
        REPLY,
        /** The next hop could not be reached or refused us before the mail was offered: another hop may be tried at once. */
        ROUTE,
        /** The connection ended between our final dot and the reply: it may have been delivered, so it is never failed over. */
        UNKNOWN_OUTCOME
    }

    /** The reply, when there was one. */
    default Optional<SmtpReply> finalReply() {
        if (this instanceof Delivered delivered) {
            return Optional.of(delivered.reply());
        }
        if (this instanceof Bounced bounced) {
            return Optional.of(bounced.reply());
        }
        return this instanceof Deferred deferred ? deferred.reply() : Optional.empty();
    }

    /** The outcome without the text of the reply. */
    default DeliveryOutcome withoutWords() {
        Optional<SmtpReply> bare = finalReply().map(reply -> new SmtpReply(reply.code(), ""));
        if (this instanceof Deferred deferred) {
            return new Deferred(bare, "", deferred.fault());
        }
        if (this instanceof Undeliverable undeliverable) {
            return new Undeliverable(undeliverable.status(), "");
        }
        return this instanceof Bounced ? new Bounced(bare.orElseThrow()) : new Delivered(bare.orElseThrow());
    }
}
