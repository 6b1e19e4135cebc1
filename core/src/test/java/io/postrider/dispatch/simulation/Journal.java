package io.postrider.dispatch.simulation;

import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What the broker has on disk: entries that wait for their turn, and entries that wait for their time. */
final class Journal {
    private static final Duration TOLERANCE = Duration.ofSeconds(5);

    /** A copy of an entry. Two copies of one entry are two objects. */
    static final class Copy {
        final EntryId id;
        final MessageId message;
        final Instant writtenAt;
        final byte[] mail;
        final Optional<Instant> due;

        Copy(EntryId id, MessageId message, Instant writtenAt, byte[] mail, Optional<Instant> due) {
            this.id = id;
            this.message = message;
            this.writtenAt = writtenAt;
            this.mail = mail;
            this.due = due;
        }

        private Copy again() {
            return new Copy(id, message, writtenAt, mail, due);
        }
    }

    private final Set<Copy> ready = new LinkedHashSet<>();
    private final Set<Copy> waiting = new LinkedHashSet<>();
    /** Cannot be found for a while. */
    private final Set<Copy> hidden = new LinkedHashSet<>();

    void put(Copy copy) {
        (copy.due.isPresent() ? waiting : ready).add(copy);
    }

    List<Copy> ready() {
        return new ArrayList<>(ready);
    }

    List<Copy> waiting() {
        return new ArrayList<>(waiting);
    }

    /** The time of a waiting entry has come: it is in the queue now, and still among those that wait. */
    boolean release(Copy copy) {
        return waiting.contains(copy) && ready.add(copy.again());
    }

    void removeWaiting(Copy copy) {
        waiting.remove(copy);
    }

    void acknowledge(Copy copy) {
        ready.remove(copy);
        hidden.remove(copy);
    }

    List<Copy> all() {
        return Stream.concat(ready.stream(), waiting.stream()).toList();
    }

    /** All copies of an entry are gone for good. */
    void lose(EntryId id) {
        List.of(ready, waiting, hidden).forEach(copies -> copies.removeIf(copy -> copy.id.equals(id)));
    }

    /** An entry is there twice: the time of one that waited came, and the broker died before it forgot that. */
    void duplicate(Copy copy) {
        ready.add(copy.again());
    }

    void hide(Copy copy) {
        if (ready.remove(copy) || waiting.remove(copy)) {
            hidden.add(copy);
        }
    }

    void reveal(Copy copy) {
        if (hidden.remove(copy)) {
            ready.add(copy);
        }
    }

    Optional<Copy> findWaiting(EntryId id, Instant due) {
        return waiting.stream()
                .filter(copy -> copy.id.equals(id))
                .filter(copy ->
                        Duration.between(due, copy.due.orElseThrow()).abs().compareTo(TOLERANCE) <= 0)
                .findFirst();
    }

    Optional<Copy> findReady(EntryId id) {
        return ready.stream().filter(copy -> copy.id.equals(id)).findFirst();
    }

    /** Whether an entry is there, beside the copy given. */
    boolean has(EntryId id, Optional<Copy> beside) {
        return Stream.of(ready, waiting, hidden)
                .flatMap(Set::stream)
                .anyMatch(copy ->
                        copy.id.equals(id) && !beside.filter(copy::equals).isPresent());
    }

    boolean isEmpty() {
        return ready.isEmpty() && waiting.isEmpty() && hidden.isEmpty();
    }
}
