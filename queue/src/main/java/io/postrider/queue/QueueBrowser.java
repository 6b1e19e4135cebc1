package io.postrider.queue;

import io.postrider.bridge.MailCodec;
import io.postrider.dispatch.BacklogStore.Resting;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import javax.jms.JMSException;
import javax.mail.MessagingException;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.james.queue.api.ManageableMailQueue.DefaultMailQueueItemView;
import org.apache.james.queue.api.ManageableMailQueue.MailQueueItemView;
import org.apache.james.queue.api.ManageableMailQueue.MailQueueIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a queue holds, read on as it is looked at: what waits for its turn, then what rests, then what waits for its time. What cannot be read is left out, with a line in the log.
 * Not safe for concurrent use.
 */
final class QueueBrowser implements MailQueueIterator {
    private static final Logger LOGGER = LoggerFactory.getLogger(QueueBrowser.class);
    private static final int PAGE = 100;

    private final StoredQueue queue;
    private final RestingEntries resting;
    private final TurnEntries.Walk turn;
    private boolean turnIsOver;
    private Optional<RestingEntries.Position> rest = Optional.of(RestingEntries.Position.START);
    private Optional<TimeJournal.Position> time = Optional.of(TimeJournal.Position.START);
    private final Deque<Read> read = new ArrayDeque<>();
    private Optional<MailQueueItemView> next = Optional.empty();

    /** @param due when it waits for its time */
    private record Read(String id, byte[] mail, Optional<Instant> due) {}

    QueueBrowser(StoredQueue queue, RestingEntries resting) {
        this.queue = queue;
        this.resting = resting;
        this.turn = queue.turn().new Walk(TurnEntries.Position.START);
    }

    @Override
    public boolean hasNext() {
        while (next.isEmpty() && hasRead()) {
            next = view(read.removeFirst());
        }
        return next.isPresent();
    }

    private boolean hasRead() {
        try {
            if (read.isEmpty() && !turnIsOver) {
                for (TurnEntries.Queued entry : turn.next(PAGE)) {
                    read.add(read(entry.message(), Optional.empty()));
                }
                turnIsOver = read.isEmpty();
            }
            if (read.isEmpty() && rest.isPresent()) {
                List<Resting> page = resting.page(rest.get(), PAGE);
                page.forEach(entry -> read.add(new Read(entry.id().value(), entry.mail(), Optional.empty())));
                rest = page.isEmpty()
                        ? Optional.empty()
                        : Optional.of(RestingEntries.Position.behind(page.get(page.size() - 1)));
            }
            if (read.isEmpty() && time.isPresent()) {
                List<TimeEntries.Waiting> page = queue.time().page(time.get(), PAGE);
                for (TimeEntries.Waiting entry : page) {
                    read.add(read(entry.message(), EntryMessage.due(entry.message())));
                }
                time = page.isEmpty()
                        ? Optional.empty()
                        : Optional.of(page.get(page.size() - 1).position());
            }
            return !read.isEmpty();
        } catch (Exception e) {
            throw new QueueUnavailableException("browse queue " + queue.name(), e);
        }
    }

    private static Read read(ActiveMQBytesMessage message, Optional<Instant> due) throws JMSException {
        return new Read(EntryMessage.entry(message), EntryMessage.mail(message), due);
    }

    private Optional<MailQueueItemView> view(Read entry) {
        try {
            var mail = MailCodec.decode(entry.mail());
            return Optional.of(entry.due()
                    .map(due -> new DefaultMailQueueItemView(mail, due.atZone(ZoneOffset.UTC)))
                    .orElseGet(() -> new DefaultMailQueueItemView(mail)));
        } catch (MessagingException | RuntimeException e) {
            LOGGER.warn("entry {} of queue {} cannot be read, and is left out", entry.id(), queue.name(), e);
            return Optional.empty();
        }
    }

    @Override
    public MailQueueItemView next() {
        if (!hasNext()) {
            throw new NoSuchElementException("queue " + queue.name() + " has no more");
        }
        MailQueueItemView view = next.orElseThrow();
        next = Optional.empty();
        return view;
    }

    /** Nothing is held open between two pages. */
    @Override
    public void close() {}
}
