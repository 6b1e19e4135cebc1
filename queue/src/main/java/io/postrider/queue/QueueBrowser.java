package io.postrider.queue;

import io.postrider.bridge.MailCodec;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
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
 * What a queue holds, read on as it is looked at: what waits for its turn, then what waits for its time. What cannot be read is left out, with a line in the log.
 * Not safe for concurrent use.
 */
final class QueueBrowser implements MailQueueIterator {
    private static final Logger LOGGER = LoggerFactory.getLogger(QueueBrowser.class);
    private static final int PAGE = 100;

    private final StoredQueue queue;
    private final TurnEntries.Walk turn;
    private boolean turnIsOver;
    private Optional<TimeJournal.Position> time = Optional.of(TimeJournal.Position.START);
    private final Deque<ActiveMQBytesMessage> read = new ArrayDeque<>();
    private Optional<MailQueueItemView> next = Optional.empty();

    QueueBrowser(StoredQueue queue) {
        this.queue = queue;
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
                turn.next(PAGE).forEach(entry -> read.add(entry.message()));
                turnIsOver = read.isEmpty();
            }
            if (read.isEmpty() && time.isPresent()) {
                List<TimeEntries.Waiting> page = queue.time().page(time.get(), PAGE);
                page.forEach(entry -> read.add(entry.message()));
                time = page.isEmpty()
                        ? Optional.empty()
                        : Optional.of(page.get(page.size() - 1).position());
            }
            return !read.isEmpty();
        } catch (Exception e) {
            throw new QueueUnavailableException("browse queue " + queue.name(), e);
        }
    }

    private Optional<MailQueueItemView> view(ActiveMQBytesMessage message) {
        try {
            var mail = MailCodec.decode(EntryMessage.mail(message));
            return Optional.of(
                    turnIsOver
                            ? new DefaultMailQueueItemView(
                                    mail,
                                    EntryMessage.due(message).orElseThrow().atZone(ZoneOffset.UTC))
                            : new DefaultMailQueueItemView(mail));
        } catch (MessagingException | JMSException | RuntimeException e) {
            LOGGER.warn(
                    "message {} of queue {} cannot be read, and is left out", message.getMessageId(), queue.name(), e);
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
