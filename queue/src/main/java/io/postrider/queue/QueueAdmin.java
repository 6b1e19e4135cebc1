package io.postrider.queue;

import io.postrider.bridge.AcceptedMail;
import io.postrider.bridge.MailCodec;
import io.postrider.dispatch.BacklogStore.Resting;
import io.postrider.dispatch.EntryOperations;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.Queues;
import io.postrider.mail.MessageId;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.EntryId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import javax.jms.JMSException;
import javax.mail.MessagingException;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.james.queue.api.MailQueue.MailQueueException;
import org.apache.james.queue.api.ManageableMailQueue.MailQueueIterator;

/**
 * What an admin does to a queue: what waits for its turn, and what waits for its time. A page at a time, so that it needs no more memory for a million mails than for a
 * thousand. To remove a message of ours is to cancel its deliveries first; an entry that is in an attempt at that moment stays, and is done with by it.
 */
final class QueueAdmin {
    private static final int PAGE = 200;

    private final StoredQueue queue;
    private final RestingEntries resting;
    private final Transactions transactions;
    private final QueueReaders readers;
    private final Optional<EntryOperations> operations;
    private final Clock clock;
    /** Two at a time would find the same entries. */
    private final ReentrantLock oneAtATime = new ReentrantLock();

    QueueAdmin(
            StoredQueue queue,
            RestingEntries resting,
            Transactions transactions,
            QueueReaders readers,
            Optional<EntryOperations> operations,
            Clock clock) {
        this.queue = queue;
        this.resting = resting;
        this.transactions = transactions;
        this.readers = readers;
        this.operations = operations;
        this.clock = clock;
    }

    long size() {
        try {
            return queue.turn().count() + resting.count() + queue.time().count();
        } catch (Exception e) {
            throw unavailable("count", e);
        }
    }

    Queues.Status status() {
        try {
            long turn = queue.turn().count();
            long inWork = Math.min(turn, readers.inWork());
            Instant now = clock.instant();
            Optional<Instant> oldest = Optional.empty();
            for (ActiveMQBytesMessage first : queue.turn().firstOfEachTree(id -> !readers.isInWork(id))) {
                Instant since = EntryMessage.inTurnSince(first);
                oldest = oldest.filter(other -> other.isBefore(since)).or(() -> Optional.of(since));
            }
            return new Queues.Status(
                    queue.name(),
                    turn - inWork,
                    inWork + resting.inWork(),
                    resting.count() - resting.inWork(),
                    queue.time().count(),
                    oldest.map(since -> since.isAfter(now) ? Duration.ZERO : Duration.between(since, now)),
                    queue.time().nextDue());
        } catch (Exception e) {
            throw unavailable("ask", e);
        }
    }

    int unreadableAtRest() {
        return resting.unreadable();
    }

    List<Queues.Backlog> backlogs() {
        return resting.all().stream()
                .map(status -> new Queues.Backlog(
                        status.backlog().lane().hop().toString(),
                        status.backlog().lane().site(),
                        status.backlog().schedule(),
                        status.resting(),
                        status.inWork(),
                        resting.first(status.backlog()).map(Resting::writtenAt),
                        status.closedUntil(),
                        status.why()))
                .toList();
    }

    private QueueUnavailableException unavailable(String operation, Exception cause) {
        return new QueueUnavailableException(operation + " queue " + queue.name(), cause);
    }

    /** Removes everything that was there when it was called. */
    long clear() throws MailQueueException {
        return remove(Optional.empty());
    }

    /** Removes what was there when it was called, and the condition holds for; what cannot be read stays. */
    long removeIf(Predicate<Envelope> condition) throws MailQueueException {
        return remove(Optional.of(condition));
    }

    private long remove(Optional<Predicate<Envelope>> condition) throws MailQueueException {
        oneAtATime.lock();
        try {
            Instant start = clock.instant();
            // In this order: what goes from one to the other meanwhile is found there.
            return removeDelayed(condition, start) + removeInTurn(condition, start) + removeResting(condition, start);
        } catch (Exception e) {
            throw new MailQueueException("queue " + queue.name() + " could not be changed", e);
        } finally {
            oneAtATime.unlock();
        }
    }

    private long removeDelayed(Optional<Predicate<Envelope>> condition, Instant start) throws Exception {
        long removed = 0;
        TimeJournal.Position position = TimeJournal.Position.START;
        List<TimeEntries.Waiting> page = queue.time().page(position, PAGE);
        while (!page.isEmpty()) {
            position = page.get(page.size() - 1).position();
            List<TimeEntries.Waiting> wanted = new ArrayList<>();
            for (TimeEntries.Waiting entry : page) {
                if (isWanted(entry.message(), condition, start)) {
                    wanted.add(entry);
                }
            }
            Set<ActiveMQBytesMessage> free =
                    cancel(wanted.stream().map(TimeEntries.Waiting::message).toList());
            wanted.removeIf(entry -> !free.contains(entry.message()));
            queue.time().remove(wanted);
            removed += wanted.size();
            page = queue.time().page(position, PAGE);
        }
        return removed;
    }

    private long removeInTurn(Optional<Predicate<Envelope>> condition, Instant start) throws Exception {
        long removed = 0;
        TurnEntries.Walk walk = queue.turn().new Walk(TurnEntries.Position.START);
        List<TurnEntries.Queued> page = walk.next(PAGE);
        while (!page.isEmpty()) {
            List<TurnEntries.Queued> wanted = new ArrayList<>();
            for (TurnEntries.Queued entry : page) {
                if (isWanted(entry.message(), condition, start)) {
                    wanted.add(entry);
                }
            }
            Set<ActiveMQBytesMessage> free =
                    cancel(wanted.stream().map(TurnEntries.Queued::message).toList());
            wanted.removeIf(entry -> !free.contains(entry.message()));
            queue.turn().remove(wanted);
            removed += wanted.size();
            page = walk.next(PAGE);
        }
        return removed;
    }

    private long removeResting(Optional<Predicate<Envelope>> condition, Instant start) {
        long removed = 0;
        List<Resting> page = resting.page(RestingEntries.Position.START, PAGE);
        while (!page.isEmpty()) {
            List<EntryOperations.Entry> wanted = page.stream()
                    .filter(entry -> !entry.writtenAt().isAfter(start)
                            && (condition.isEmpty()
                                    || Envelope.read(queue.name(), entry.id().value(), entry.mail())
                                            .filter(condition.get())
                                            .isPresent()))
                    .map(entry -> new EntryOperations.Entry(entry.id(), entry.message(), () -> accepted(entry.mail())))
                    .toList();
            Set<EntryId> free =
                    wanted.isEmpty() ? Set.of() : operations.orElseThrow().cancel(wanted);
            page.stream().filter(entry -> free.contains(entry.id())).forEach(resting::remove);
            removed += free.size();
            page = resting.page(RestingEntries.Position.behind(page.get(page.size() - 1)), PAGE);
        }
        return removed;
    }

    private boolean isWanted(ActiveMQBytesMessage message, Optional<Predicate<Envelope>> condition, Instant start)
            throws JMSException {
        return !EntryMessage.writtenAt(message).isAfter(start)
                && (condition.isEmpty()
                        || Envelope.read(queue.name(), EntryMessage.entry(message), EntryMessage.mail(message))
                                .filter(condition.get())
                                .isPresent());
    }

    /** Cancels the deliveries of those that are messages of ours; returns those that can be removed. */
    private Set<ActiveMQBytesMessage> cancel(List<ActiveMQBytesMessage> messages) throws JMSException {
        List<EntryOperations.Entry> ours = new ArrayList<>();
        for (ActiveMQBytesMessage message : messages) {
            if (isOurs(message)) {
                ours.add(entry(message));
            }
        }
        Set<EntryId> free = ours.isEmpty() ? Set.of() : operations.orElseThrow().cancel(ours);
        Set<ActiveMQBytesMessage> removable = new HashSet<>();
        for (ActiveMQBytesMessage message : messages) {
            if (!isOurs(message) || free.contains(new EntryId(EntryMessage.entry(message)))) {
                removable.add(message);
            }
        }
        return removable;
    }

    private boolean isOurs(ActiveMQBytesMessage message) throws JMSException {
        return operations.isPresent() && !EntryMessage.message(message).isEmpty();
    }

    private static EntryOperations.Entry entry(ActiveMQBytesMessage message) throws JMSException {
        byte[] mail = EntryMessage.mail(message);
        return new EntryOperations.Entry(
                new EntryId(EntryMessage.entry(message)),
                new MessageId(EntryMessage.message(message)),
                () -> accepted(mail));
    }

    private static Optional<AcceptedMessage> accepted(byte[] mail) {
        try {
            return Optional.of(AcceptedMail.of(MailCodec.decode(mail)));
        } catch (MessagingException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** Has what rests tried once, and brings forward what waited for its time when it was called: a page after the other, each in the order in which it was written. */
    long flush() throws MailQueueException {
        oneAtATime.lock();
        try {
            Instant start = clock.instant();
            long flushed = resting.bringForward();
            Optional<TimeJournal.Position> position = Optional.of(TimeJournal.Position.START);
            while (position.isPresent()) {
                queue.time().moving().lock();
                try {
                    List<TimeEntries.Waiting> page = queue.time().page(position.get(), PAGE);
                    flushed += flush(page, start);
                    position = page.isEmpty()
                            ? Optional.empty()
                            : Optional.of(page.get(page.size() - 1).position());
                } finally {
                    queue.time().moving().unlock();
                }
            }
            return flushed;
        } catch (Exception e) {
            throw new MailQueueException("queue " + queue.name() + " could not be flushed", e);
        } finally {
            oneAtATime.unlock();
        }
    }

    private int flush(List<TimeEntries.Waiting> page, Instant start) throws Exception {
        List<TimeEntries.Waiting> wanted = new ArrayList<>();
        List<EntryOperations.Entry> ours = new ArrayList<>();
        for (TimeEntries.Waiting entry : page) {
            if (!EntryMessage.writtenAt(entry.message()).isAfter(start)) {
                wanted.add(entry);
                if (isOurs(entry.message())) {
                    ours.add(entry(entry.message()));
                }
            }
        }
        wanted.sort(Comparator.comparing(
                TimeEntries.Waiting::position,
                Comparator.comparingInt(TimeJournal.Position::file).thenComparingInt(TimeJournal.Position::offset)));
        List<EntryMessage.Outgoing> moved = new ArrayList<>();
        for (TimeEntries.Waiting entry : wanted) {
            moved.add(EntryMessage.dueNow(entry.message(), clock.instant()));
        }
        if (ours.isEmpty()) {
            transactions.write(moved);
        } else {
            operations.orElseThrow().bringForward(ours, () -> transactions.write(moved));
        }
        // Behind the write: a death in between leaves an entry twice, and the second then owns nothing.
        queue.time().remove(wanted);
        return wanted.size();
    }

    MailQueueIterator browse() {
        return new QueueBrowser(queue, resting);
    }
}
