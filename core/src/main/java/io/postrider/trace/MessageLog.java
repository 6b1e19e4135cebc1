package io.postrider.trace;

import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The durable record of messages, deliveries, attempts and events. Safe for concurrent use; each call is a round trip, so callers batch. Throws {@link
 * io.postrider.store.StoreUnavailableException} when it cannot tell or cannot write.
 */
public interface MessageLog {
    /** Records the changes in their order, in one transaction: when it returns they are on disk, when it throws none is. */
    void append(List<Change> changes);

    /** The deliveries of the messages that have rows, with their owners, in one round trip. Messages without rows are absent. */
    Map<MessageId, List<DeliveryRow>> deliveries(Collection<MessageId> messages);

    /** The whole trace of a message. */
    Optional<MessageTrace> find(MessageId id);

    /** Lists messages, newest first. */
    Page<MessageSummary> search(MessageQuery query);
}
