package io.postrider.queue;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.Queues.Entry;
import io.postrider.dispatch.Queues.State;
import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import javax.jms.JMSException;
import org.apache.activemq.command.ActiveMQBytesMessage;

/** Lists what a queue holds, a page at a time. */
final class QueueListing {
    /** How many entries of another state a page passes over before it ends, so that no page takes long. */
    private static final int PASSED_OVER = 5_000;

    private static final int PER_LOOK = 200;

    private final StoredQueue queue;
    private final QueueReaders readers;

    QueueListing(StoredQueue queue, QueueReaders readers) {
        this.queue = queue;
        this.readers = readers;
    }

    /** A place in the list: behind an entry that waits for its turn, or behind one that waits for its time. */
    private sealed interface Place {
        record InTurn(TurnEntries.Position position) implements Place {
            @Override
            public String toString() {
                return "turn." + position.priority() + "." + position.sequence();
            }
        }

        record InTime(TimeJournal.Position position) implements Place {
            @Override
            public String toString() {
                return "time." + position.time() + "." + position.file() + "." + position.offset();
            }
        }

        static Place parse(String cursor) {
            String[] parts = cursor.split("\\.", -1);
            try {
                if (parts.length == 3 && parts[0].equals("turn")) {
                    int priority = Integer.parseInt(parts[1]);
                    if (priority >= 0 && priority <= TurnEntries.Position.START.priority()) {
                        return new InTurn(new TurnEntries.Position(priority, Long.parseLong(parts[2])));
                    }
                }
                if (parts.length == 4 && parts[0].equals("time")) {
                    return new InTime(new TimeJournal.Position(
                            Long.parseLong(parts[1]), Integer.parseInt(parts[2]), Integer.parseInt(parts[3])));
                }
            } catch (NumberFormatException e) {
                // Said below.
            }
            throw new IllegalArgumentException("cursor: '" + cursor + "' (expected: a nextCursor of this list)");
        }
    }

    Page<Entry> entries(Optional<State> state, int limit, Optional<String> cursor) {
        Place place = cursor.map(Place::parse)
                .orElseGet(() -> state.equals(Optional.of(State.DELAYED))
                        ? new Place.InTime(TimeJournal.Position.START)
                        : new Place.InTurn(TurnEntries.Position.START));
        try {
            List<Entry> items = new ArrayList<>();
            Optional<Place> next = Optional.of(place);
            if (place instanceof Place.InTurn inTurn) {
                next = addInTurn(items, state, limit, inTurn.position());
            }
            if (items.size() < limit && next.isPresent() && next.get() instanceof Place.InTime inTime) {
                next = addDelayed(items, limit, inTime.position());
            }
            return new Page<>(items, next.map(Place::toString));
        } catch (Exception e) {
            throw new QueueUnavailableException("list queue " + queue.name(), e);
        }
    }

    private Optional<Place> addInTurn(List<Entry> items, Optional<State> state, int limit, TurnEntries.Position from)
            throws Exception {
        TurnEntries.Position position = from;
        TurnEntries.Walk walk = queue.turn().new Walk(from);
        int left = PASSED_OVER;
        Predicate<State> wanted = found -> state.isEmpty() || state.get() == found;
        while (items.size() < limit && left > 0) {
            // Never more than there is room for, so that the cursor is behind the last one.
            List<TurnEntries.Queued> page = walk.next(Math.min(PER_LOOK, limit - items.size()));
            if (page.isEmpty()) {
                return wanted.test(State.DELAYED)
                        ? Optional.of(new Place.InTime(TimeJournal.Position.START))
                        : Optional.empty();
            }
            for (TurnEntries.Queued entry : page) {
                State found = readers.isInWork(entry.key().messageId()) ? State.IN_WORK : State.WAITING;
                if (wanted.test(found)) {
                    items.add(entry(entry.message(), found));
                } else {
                    left--;
                }
                position = entry.next();
            }
        }
        return Optional.of(new Place.InTurn(position));
    }

    private Optional<Place> addDelayed(List<Entry> items, int limit, TimeJournal.Position from) throws Exception {
        TimeJournal.Position position = from;
        while (items.size() < limit) {
            List<TimeEntries.Waiting> page = queue.time().page(position, Math.min(PER_LOOK, limit - items.size()));
            if (page.isEmpty()) {
                return Optional.empty();
            }
            for (TimeEntries.Waiting entry : page) {
                items.add(entry(entry.message(), State.DELAYED));
                position = entry.position();
            }
        }
        return Optional.of(new Place.InTime(position));
    }

    private Entry entry(ActiveMQBytesMessage message, State state) throws JMSException {
        String id = EntryMessage.entry(message);
        byte[] mail = EntryMessage.mail(message);
        Optional<Envelope> envelope = Envelope.read(queue.name(), id, mail);
        return new Entry(
                id,
                Optional.of(EntryMessage.message(message))
                        .filter(text -> !text.isEmpty())
                        .map(MessageId::new),
                state,
                envelope.map(Envelope::name),
                envelope.map(Envelope::sender).filter(sender -> !sender.isEmpty()),
                envelope.map(Envelope::recipients).orElse(List.of()),
                EntryMessage.due(message),
                EntryMessage.writtenAt(message),
                mail.length);
    }
}
