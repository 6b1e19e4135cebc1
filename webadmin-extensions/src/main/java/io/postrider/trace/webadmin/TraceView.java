package io.postrider.trace.webadmin;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.ReplyClass;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.SmtpReply;
import io.postrider.trace.MessageSummary;
import io.postrider.trace.MessageTrace;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The whole trace of a message, as it is answered. */
record TraceView(
        String id,
        String state,
        String tenant,
        String stream,
        String submitter,
        Optional<String> sender,
        String subject,
        long size,
        Instant acceptedAt,
        List<DeliveryView> deliveries,
        List<EventView> events) {
    static TraceView of(MessageTrace trace) {
        MessageSummary message = trace.message();
        return new TraceView(
                message.id().value(),
                message.state(),
                message.tenant(),
                message.stream(),
                trace.submitter(),
                message.sender().map(EmailAddress::toString),
                message.subject(),
                message.size(),
                message.acceptedAt(),
                trace.deliveries().stream().map(DeliveryView::of).toList(),
                trace.events().stream().map(EventView::of).toList());
    }

    /**
     * @param site the names of all mail servers of the domain, where we have looked
     * @param provider unknown as yet
     * @param route the way of the last attempt
     */
    record DeliveryView(
            String recipient,
            String state,
            Optional<String> site,
            Optional<String> provider,
            Optional<String> route,
            Optional<Instant> nextAttemptAt,
            String explanation,
            List<AttemptView> attempts) {
        static DeliveryView of(MessageTrace.DeliveryTrace delivery) {
            List<Attempt> attempts = delivery.attempts();
            return new DeliveryView(
                    delivery.row().recipient().toString(),
                    delivery.row().state().toString(),
                    siteOf(attempts),
                    Optional.empty(),
                    attempts.isEmpty()
                            ? Optional.empty()
                            : Optional.of(attempts.get(attempts.size() - 1).route()),
                    delivery.row().nextAttemptAt(),
                    delivery.explanation(),
                    attempts.stream().map(AttemptView::of).toList());
        }

        /** The latest that is known. */
        private static Optional<String> siteOf(List<Attempt> attempts) {
            return attempts.stream()
                    .map(AttemptView::siteOf)
                    .flatMap(Optional::stream)
                    .reduce((earlier, later) -> later);
        }
    }

    /**
     * @param site the names of all mail servers of the domain; null where we did not look
     * @param reason why it was put off, or cannot be delivered at all, in words; null when a reply says so
     */
    record AttemptView(
            Instant at,
            String route,
            Optional<String> site,
            String source,
            String mx,
            String address,
            String tls,
            Optional<String> certificateProblem,
            Optional<Integer> code,
            Optional<String> enhancedCode,
            Optional<String> reply,
            Optional<String> reason,
            String cause,
            String permanence,
            String rule,
            long connectMs,
            long handshakeMs,
            long transactionMs,
            long durationMs,
            List<String> talk) {
        static AttemptView of(Attempt attempt) {
            Optional<SmtpReply> reply = attempt.outcome().finalReply();
            ReplyClass replyClass = ReplyClass.of(attempt.outcome());
            return new AttemptView(
                    attempt.at(),
                    attempt.route(),
                    siteOf(attempt),
                    attempt.source(),
                    attempt.mx(),
                    attempt.connection().address(),
                    attempt.tls(),
                    attempt.connection().certificateProblem(),
                    reply.map(SmtpReply::code),
                    reply.flatMap(SmtpReply::enhancedCode)
                            .or(() -> statusWithoutReply(attempt.outcome()))
                            .map(EnhancedStatusCode::toString),
                    reply.map(SmtpReply::text),
                    reason(attempt.outcome()),
                    replyClass.cause(),
                    replyClass.permanence().toString(),
                    replyClass.rule(),
                    attempt.connection().connect().toMillis(),
                    attempt.connection().handshake().toMillis(),
                    attempt.connection().transaction().toMillis(),
                    attempt.duration().toMillis(),
                    attempt.talk());
        }

        private static Optional<String> siteOf(Attempt attempt) {
            return Optional.of(attempt.site()).filter(site -> !site.isEmpty());
        }

        private static Optional<EnhancedStatusCode> statusWithoutReply(DeliveryOutcome outcome) {
            return outcome instanceof DeliveryOutcome.Undeliverable undeliverable
                    ? Optional.of(undeliverable.status())
                    : Optional.empty();
        }

        private static Optional<String> reason(DeliveryOutcome outcome) {
            if (outcome instanceof DeliveryOutcome.Undeliverable undeliverable) {
                return Optional.of(undeliverable.reason());
            }
            return outcome instanceof DeliveryOutcome.Deferred deferred
                    ? Optional.of(deferred.reason())
                    : Optional.empty();
        }
    }

    record EventView(String type, Instant at, Optional<String> recipient, String detail) {
        static EventView of(MessageTrace.Event event) {
            return new EventView(
                    event.type().toString(), event.at(), event.recipient().map(EmailAddress::toString), event.detail());
        }
    }
}
