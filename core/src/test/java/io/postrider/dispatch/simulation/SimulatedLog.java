package io.postrider.dispatch.simulation;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMail;
import io.postrider.trace.OpenDeliveries.Overdue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the message log has on disk, by the rules of {@link Change}. */
public final class SimulatedLog {
    private final Map<MessageId, Map<EmailAddress, DeliveryRow>> rows = new LinkedHashMap<>();
    private final Set<MessageId> messages = new LinkedHashSet<>();
    private final Map<EntryId, HeldMail> held = new LinkedHashMap<>();
    private final Set<EntryId> everHeld = new HashSet<>();

    public void append(List<Change> changes) {
        changes.forEach(this::apply);
    }

    public boolean knows(MessageId message) {
        return messages.contains(message);
    }

    public List<DeliveryRow> rows(MessageId message) {
        return List.copyOf(rows.getOrDefault(message, Map.of()).values());
    }

    public Optional<DeliveryRow> row(MessageId message, EmailAddress recipient) {
        return Optional.ofNullable(rows.getOrDefault(message, Map.of()).get(recipient));
    }

    /** All deliveries that there are rows of. */
    List<Overdue> deliveries() {
        return rows.entrySet().stream()
                .flatMap(message -> message.getValue().values().stream().map(row -> new Overdue(message.getKey(), row)))
                .toList();
    }

    public List<HeldMail> held() {
        return new ArrayList<>(held.values());
    }

    public Optional<HeldMail> held(EntryId key) {
        return Optional.ofNullable(held.get(key));
    }

    public boolean discard(EntryId key) {
        HeldMail mail = held.remove(key);
        if (mail == null) {
            return false;
        }
        ownedBy(mail.message(), key)
                .forEach(row -> put(mail.message(), moved(row, DeliveryState.CANCELLED, Optional.empty())));
        return true;
    }

    private void apply(Change change) {
        if (change instanceof Change.Accepted accepted) {
            messages.add(accepted.message());
            accepted.accepted()
                    .recipients()
                    .forEach(recipient -> ofMessage(accepted.message())
                            .computeIfAbsent(recipient, any -> first(accepted.message(), recipient)));
        } else if (change instanceof Change.Step step) {
            apply(step);
        } else if (change instanceof Change.Held aside
                && everHeld.add(aside.mail().key())) {
            held.put(aside.mail().key(), aside.mail());
            aside.recipients().stream()
                    .map(recipient ->
                            row(aside.message(), recipient).orElseGet(() -> first(aside.message(), recipient)))
                    .filter(row -> !row.state().isFinal())
                    .forEach(row -> put(
                            aside.message(),
                            moved(
                                    row,
                                    DeliveryState.HELD,
                                    Optional.of(aside.mail().key()))));
        } else if (change instanceof Change.Released released) {
            ownedBy(released.message(), released.held())
                    .forEach(row ->
                            put(released.message(), moved(row, DeliveryState.QUEUED, Optional.of(released.owner()))));
            held.remove(released.held());
        }
    }

    private void apply(Change.Step step) {
        DeliveryRow row =
                row(step.message(), step.recipient()).orElseGet(() -> first(step.message(), step.recipient()));
        boolean isFinal = step.state().isFinal();
        if (row.state().isFinal()) {
            // Without an attempt it may be the end of what a cancellation without an answer left: the first record
            // stays.
            if (isFinal && step.state() != row.state() && step.attempt().isPresent()) {
                throw new AssertionError("a second outcome, " + step.state() + ", after " + row);
            }
            return;
        }
        if (!isFinal && step.number() < row.attempts()) {
            return;
        }
        put(
                step.message(),
                new DeliveryRow(
                        row.recipient(),
                        step.state(),
                        Math.max(row.attempts(), step.number()),
                        isFinal ? Optional.empty() : step.owner().or(row::owner),
                        isFinal ? Optional.empty() : step.nextAttemptAt(),
                        isFinal ? Optional.empty() : step.pinsTo().or(row::pinnedTo)));
    }

    private List<DeliveryRow> ownedBy(MessageId message, EntryId owner) {
        return rows(message).stream()
                .filter(row -> row.owner().equals(Optional.of(owner)))
                .toList();
    }

    private static DeliveryRow first(MessageId message, EmailAddress recipient) {
        return new DeliveryRow(
                recipient, DeliveryState.QUEUED, 0, Optional.of(EntryId.firstOf(message)), Optional.empty());
    }

    private static DeliveryRow moved(DeliveryRow row, DeliveryState state, Optional<EntryId> owner) {
        return new DeliveryRow(row.recipient(), state, row.attempts(), owner, Optional.empty(), row.pinnedTo());
    }

    private Map<EmailAddress, DeliveryRow> ofMessage(MessageId message) {
        return rows.computeIfAbsent(message, any -> new LinkedHashMap<>());
    }

    private void put(MessageId message, DeliveryRow row) {
        ofMessage(message).put(row.recipient(), row);
    }
}
