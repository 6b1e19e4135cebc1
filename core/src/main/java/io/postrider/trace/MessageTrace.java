package io.postrider.trace;

import io.postrider.delivery.Attempt;
import io.postrider.mail.EmailAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Everything that is known of a message. Events come in the order of their times. */
public record MessageTrace(
        MessageSummary message, String submitter, List<DeliveryTrace> deliveries, List<Event> events) {
    public MessageTrace {
        deliveries = List.copyOf(deliveries);
        events = List.copyOf(events);
    }

    /** A delivery with its attempts, oldest first, and the sentence that explains its state. */
    public record DeliveryTrace(DeliveryRow row, String explanation, List<Attempt> attempts) {
        public DeliveryTrace {
            attempts = List.copyOf(attempts);
        }
    }

    /** Something that happened to the message, or to one recipient of it. */
    public record Event(EventType type, Instant at, Optional<EmailAddress> recipient, String detail) {}
}
