package io.postrider.trace;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The log for those who ask from outside: who got the 250 finds the message, though the {@link Recorder} may hold its acceptance back. Only what is asked for and
 * not found is written sooner for it, so that those who ask often do not undo the batches of all others. Waits a second at most, and answers with what there is
 * then.
 */
public final class ReadYourWritesLog implements MessageLog {
    /** Longer than a transaction takes; a log that is behind by more is no reason to keep a thread that answers others too. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final MessageLog log;
    private final Recorder recorder;

    /** @param recorder writes to the log */
    public ReadYourWritesLog(MessageLog log, Recorder recorder) {
        this.log = log;
        this.recorder = recorder;
    }

    @Override
    public void append(List<Change> changes) {
        log.append(changes);
    }

    @Override
    public Map<MessageId, List<DeliveryRow>> deliveries(Collection<MessageId> messages) {
        Map<MessageId, List<DeliveryRow>> found = log.deliveries(messages);
        Set<MessageId> missing = new HashSet<>(messages);
        missing.removeAll(found.keySet());
        if (missing.isEmpty()) {
            return found;
        }
        flush(missing);
        return log.deliveries(messages);
    }

    @Override
    public Optional<MessageTrace> find(MessageId id) {
        Optional<MessageTrace> found = log.find(id);
        if (found.isPresent()) {
            return found;
        }
        flush(Set.of(id));
        return log.find(id);
    }

    /** A page shows the newest, so no more is written sooner than has its place there. */
    @Override
    public Page<MessageSummary> search(MessageQuery query) {
        flush(recorder.heldBack().stream()
                .filter(accepted -> mayBeFoundBy(query, accepted))
                .map(AcceptedMessage::id)
                .sorted(Comparator.reverseOrder())
                .limit(query.limit() + 1L) // whether there is another page is part of the answer
                .toList());
        return log.search(query);
    }

    /** Rather too many than too few: the store decides what is found. */
    private static boolean mayBeFoundBy(MessageQuery query, AcceptedMessage accepted) {
        String queued = DeliveryState.QUEUED.toString();
        Instant at = accepted.acceptedAt();
        return query.state().stream().allMatch(state -> state.equals("open") || state.equals(queued))
                && query.recipient().stream().allMatch(recipient -> isAmong(accepted.recipients(), recipient))
                && query.sender().stream().allMatch(sender -> accepted.sender().equals(Optional.of(sender)))
                && query.from().stream().noneMatch(at::isBefore)
                && query.to().stream().allMatch(at::isBefore);
    }

    private static boolean isAmong(List<EmailAddress> recipients, EmailAddress wanted) {
        return recipients.stream().anyMatch(recipient -> recipient.toString().equalsIgnoreCase(wanted.toString()));
    }

    private void flush(Collection<MessageId> messages) {
        try {
            recorder.flush(messages, PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
