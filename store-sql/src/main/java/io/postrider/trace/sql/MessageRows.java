package io.postrider.trace.sql;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The rows of one message while changes are applied to them, and which of them are to be written. */
final class MessageRows {
    static final String OPEN = "open";
    static final String MIXED = "mixed";

    /** What the row of a message says of all its deliveries. */
    record Totals(String state, int recipients) {}

    private final MessageId id;
    private final Map<EmailAddress, Standing> standings = new LinkedHashMap<>();
    private final Set<EmailAddress> changed = new LinkedHashSet<>();
    private Optional<Totals> stored = Optional.empty();
    private Optional<AcceptedMessage> accepted = Optional.empty();

    MessageRows(MessageId id) {
        this.id = id;
    }

    MessageId id() {
        return id;
    }

    /** Takes over what the row of the message says. */
    void loadTotals(Totals totals) {
        stored = Optional.of(totals);
    }

    /** Takes over the row of a delivery. */
    void load(Standing standing) {
        standings.put(standing.row().recipient(), standing);
    }

    void accept(AcceptedMessage message) {
        if (stored.isEmpty() && accepted.isEmpty()) {
            accepted = Optional.of(message);
        }
    }

    Optional<Standing> find(EmailAddress recipient) {
        return Optional.ofNullable(standings.get(recipient));
    }

    List<Standing> ownedBy(EntryId entry) {
        return standings.values().stream()
                .filter(standing -> standing.isOwnedBy(entry))
                .toList();
    }

    void put(Standing standing) {
        standings.put(standing.row().recipient(), standing);
        changed.add(standing.row().recipient());
    }

    /** The message whose row is to be made. */
    Optional<AcceptedMessage> toInsert() {
        return accepted;
    }

    /** The totals, when the row of the message is there and says something else. */
    Optional<Totals> toUpdate() {
        Totals totals = totals();
        return stored.filter(known -> !known.equals(totals)).map(known -> totals);
    }

    List<Standing> changedDeliveries() {
        List<Standing> rows = new ArrayList<>();
        changed.forEach(recipient -> rows.add(standings.get(recipient)));
        return rows;
    }

    Totals totals() {
        Set<DeliveryState> states = new LinkedHashSet<>();
        standings.values().forEach(standing -> states.add(standing.row().state()));
        String state;
        if (states.isEmpty() || states.stream().anyMatch(each -> !each.isFinal())) {
            state = OPEN;
        } else {
            state = states.size() == 1 ? states.iterator().next().toString() : MIXED;
        }
        return new Totals(state, standings.size());
    }
}
