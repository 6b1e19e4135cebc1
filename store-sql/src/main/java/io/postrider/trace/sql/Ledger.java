package io.postrider.trace.sql;

import io.postrider.delivery.Attempt;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.EventType;
import io.postrider.trace.HeldMail;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Applies changes to the rows of their messages, in memory: a row that several changes of a batch touch is written once. The rows that are there must have been
 * loaded before.
 */
final class Ledger {
    /** An attempt and the number that it had. */
    record RecordedAttempt(Change.Step step, Attempt attempt) {}

    private final Map<MessageId, MessageRows> messages = new LinkedHashMap<>();
    private final Set<EntryId> everHeld = new HashSet<>();
    private final List<RecordedEvent> events = new ArrayList<>();
    private final List<RecordedAttempt> attempts = new ArrayList<>();
    private final List<HeldMail> putAside = new ArrayList<>();
    private final Set<EntryId> noLongerKept = new LinkedHashSet<>();

    /** The rows of a message, none at first. */
    MessageRows rows(MessageId message) {
        return messages.computeIfAbsent(message, MessageRows::new);
    }

    /** Takes over that a mail of this key was put aside once, whether it is still kept or not. */
    void loadHeld(EntryId key) {
        everHeld.add(key);
    }

    void apply(Change change) {
        MessageRows rows = rows(change.message());
        if (change instanceof Change.Accepted accepted) {
            accept(rows, accepted.accepted());
        } else if (change instanceof Change.Step step) {
            step(rows, step);
        } else if (change instanceof Change.Held held) {
            hold(rows, held);
        } else if (change instanceof Change.Released released) {
            release(rows, released);
        }
    }

    /** Gives a held mail up: what it still owns is cancelled. */
    void discard(MessageId message, EntryId key, Instant at) {
        MessageRows rows = rows(message);
        String reason = "the held mail was discarded";
        for (Standing standing : rows.ownedBy(key)) {
            rows.put(standing.with(DeliveryState.CANCELLED, Optional.empty(), reason));
            events.add(RecordedEvent.of(message, standing.row().recipient(), EventType.CANCELLED, key, at, reason));
        }
        noLongerKept.add(key);
    }

    Collection<MessageRows> messages() {
        return messages.values();
    }

    /** In the order in which they are to be recorded. Some may be there already. */
    List<RecordedEvent> events() {
        return events;
    }

    /** Some may be there already. */
    List<RecordedAttempt> attempts() {
        return attempts;
    }

    List<HeldMail> putAside() {
        return putAside;
    }

    Set<EntryId> noLongerKept() {
        return noLongerKept;
    }

    private void accept(MessageRows rows, AcceptedMessage message) {
        rows.accept(message);
        List<EmailAddress> recipients = message.recipients();
        for (int i = 0; i < recipients.size(); i++) {
            Standing standing = standing(rows, recipients.get(i));
            if (standing.position().isEmpty()) {
                rows.put(standing.at(i));
            }
        }
    }

    private void step(MessageRows rows, Change.Step step) {
        step.attempt().ifPresent(attempt -> attempts.add(new RecordedAttempt(step, attempt)));
        Standing standing = standing(rows, step.recipient());
        if (!standing.mayBecome(step.state())) {
            return;
        }
        if (!standing.isBeyond(step)) {
            rows.put(standing.after(step));
        }
        events.add(RecordedEvent.of(step));
    }

    private void hold(MessageRows rows, Change.Held held) {
        HeldMail mail = held.mail();
        if (!everHeld.add(mail.key())) {
            return;
        }
        putAside.add(mail);
        for (EmailAddress recipient : held.recipients()) {
            Standing standing = standing(rows, recipient);
            if (!standing.row().state().isFinal()) {
                rows.put(standing.with(DeliveryState.HELD, Optional.of(mail.key()), mail.cause()));
                events.add(RecordedEvent.of(
                        mail.message(), recipient, EventType.HELD, mail.key(), mail.at(), mail.cause()));
            }
        }
    }

    private void release(MessageRows rows, Change.Released released) {
        String reason = "released, waiting for an attempt";
        for (Standing standing : rows.ownedBy(released.held())) {
            rows.put(standing.with(DeliveryState.QUEUED, Optional.of(released.owner()), reason));
            events.add(RecordedEvent.of(
                    released.message(),
                    standing.row().recipient(),
                    EventType.QUEUED,
                    released.owner(),
                    released.at(),
                    reason));
        }
        noLongerKept.add(released.held());
    }

    private static Standing standing(MessageRows rows, EmailAddress recipient) {
        return rows.find(recipient).orElseGet(() -> Standing.first(rows.id(), recipient));
    }
}
