package io.postrider.queue;

import io.postrider.dispatch.BacklogStore.Resting;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.Queues.Entry;
import io.postrider.dispatch.Queues.State;
import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import java.time.Instant;
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
    private final RestingEntries resting;
    private final QueueReaders readers;

    QueueListing(StoredQueue queue, RestingEntries resting, QueueReaders readers) {
        this.queue = queue;
        this.resting = resting;
        this.readers = readers;
    }

    /** A place in the list: behind an entry that waits for its turn, one that rests, or one that waits for its time. */
    private sealed interface Place {
        record InTurn(TurnEntries.Position position) implements Place {
            @Override
            public String toString() {
                return "turn." + position.priority() + "." + position.sequence();
            }
        }

        record AtRest(RestingEntries.Position position) implements Place {
            @Override
            public String toString() {
                return "rest." + position.sequence() + "." + position.backlog();
            }
        }

        record InTime(TimeJournal.Position position) implements Place {
            @Override
            public String toString() {
                return "time." + position.time() + "." + position.file() + "." + position.offset();
            }
        }

        static Place parse(String cursor) {
            String[] place = cursor.split("\\.", 3);
            String[] parts = cursor.split("\\.", -1);
            try {
                if (parts.length == 3 && parts[0].equals("turn")) {
                    int priority = Integer.parseInt(parts[1]);
                    if (priority >= 0 && priority <= TurnEntries.Position.START.priority()) {
                        return new InTurn(new TurnEntries.Position(priority, Long.parseLong(parts[2])));
                    }
                }
                if (place.length == 3 && place[0].equals("rest")) {
                    return new AtRest(new RestingEntries.Position(place[2], Long.parseLong(place[1])));
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
        Place place = cursor.map(Place::parse).orElseGet(() -> start(state));
        try {
            List<Entry> items = new ArrayList<>();
            Optional<Place> next = Optional.of(place);
            if (place instanceof Place.InTurn inTurn) {
                next = addInTurn(items, state, limit, inTurn.position());
            }
            if (items.size() < limit && next.isPresent() && next.get() instanceof Place.AtRest atRest) {
                next = addResting(items, state, limit, atRest.position());
            }
            if (items.size() < limit && next.isPresent() && next.get() instanceof Place.InTime inTime) {
                next = addDelayed(items, limit, inTime.position());
            }
            return new Page<>(items, next.map(Place::toString));
        } catch (Exception e) {
            throw new QueueUnavailableException("list queue " + queue.name(), e);
        }
    }

    private static Place start(Optional<State> state) {
        if (state.equals(Optional.of(State.DELAYED))) {
            return new Place.InTime(TimeJournal.Position.START);
        }
        return state.equals(Optional.of(State.RESTING))
                ? new Place.AtRest(RestingEntries.Position.START)
                : new Place.InTurn(TurnEntries.Position.START);
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
                return Optional.of(new Place.AtRest(RestingEntries.Position.START));
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

    private Optional<Place> addResting(
            List<Entry> items, Optional<State> state, int limit, RestingEntries.Position from) {
        RestingEntries.Position position = from;
        int left = PASSED_OVER;
        Predicate<State> wanted = found -> state.isEmpty() || state.get() == found;
        boolean any = wanted.test(State.RESTING) || wanted.test(State.IN_WORK);
        while (any && items.size() < limit && left > 0) {
            List<Resting> page = resting.page(position, Math.min(PER_LOOK, limit - items.size()));
            any = !page.isEmpty();
            for (Resting entry : page) {
                State found = resting.isInWork(entry) ? State.IN_WORK : State.RESTING;
                if (wanted.test(found)) {
                    items.add(entry(
                            entry.id().value(),
                            entry.message().value(),
                            entry.mail(),
                            found,
                            Optional.empty(),
                            entry.writtenAt()));
                } else {
                    left--;
                }
                position = RestingEntries.Position.behind(entry);
            }
        }
        if (any) {
            return Optional.of(new Place.AtRest(position));
        }
        return wanted.test(State.DELAYED)
                ? Optional.of(new Place.InTime(TimeJournal.Position.START))
                : Optional.empty();
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
        return entry(
                EntryMessage.entry(message),
                EntryMessage.message(message),
                EntryMessage.mail(message),
                state,
                EntryMessage.due(message),
                EntryMessage.writtenAt(message));
    }

    /** @param message empty for a mail that is not a message of ours */
    private Entry entry(String id, String message, byte[] mail, State state, Optional<Instant> due, Instant writtenAt) {
        Optional<Envelope> envelope = Envelope.read(queue.name(), id, mail);
        return new Entry(
                id,
                Optional.of(message).filter(text -> !text.isEmpty()).map(MessageId::new),
                state,
                envelope.map(Envelope::name),
                envelope.map(Envelope::sender).filter(sender -> !sender.isEmpty()),
                envelope.map(Envelope::recipients).orElse(List.of()),
                due,
                writtenAt,
                mail.length);
    }
}
