package io.postrider.dispatch;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import java.util.Map;
import java.util.Optional;

/** What an admin may do to a message. Throws {@link io.postrider.store.StoreUnavailableException} when a store cannot tell. */
public interface MessageOperations {
    /** What became of the wish to cancel a delivery. */
    enum Cancellation {
        CANCELLED,
        /** It is final already, or an attempt is under way. */
        TOO_LATE
    }

    /** Cancels what is not final yet, and answers for each recipient. Empty for an unknown message. */
    Optional<Map<EmailAddress, Cancellation>> cancel(MessageId id);

    /** What became of the wish to retry a message. */
    enum Retry {
        /** Deferred and held deliveries go to the queue now. */
        STARTED,
        /** There is nothing to retry: each delivery is final, or an attempt is due or under way. */
        NOTHING_TO_RETRY,
        UNKNOWN_MESSAGE
    }

    /** Brings the next attempt of all deferred and held deliveries forward; it begins within 10 s. */
    Retry retry(MessageId id);

    /** The content of a message while it is in the queue or held. Empty when it is gone, or the message is unknown. */
    Optional<byte[]> content(MessageId id);
}
