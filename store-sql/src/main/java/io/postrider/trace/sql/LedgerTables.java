package io.postrider.trace.sql;

import io.postrider.mail.MessageId;
import io.postrider.store.sql.engine.Json;
import io.postrider.store.sql.engine.Session;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.EntryId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads the rows that changes build on, and writes the rows that come of them. */
final class LedgerTables {
    private final Session session;

    LedgerTables(Session session) {
        this.session = session;
    }

    /** A ledger with all rows of the messages of the changes, in four round trips at most. */
    Ledger load(Collection<Change> changes) throws SQLException {
        Set<String> messages = new LinkedHashSet<>();
        List<String> held = new ArrayList<>();
        for (Change change : changes) {
            messages.add(change.message().value());
            if (change instanceof Change.Held aside) {
                held.add(aside.mail().key().value());
            }
        }
        Ledger ledger = new Ledger();
        String highest = highestId();
        loadMessages(
                ledger,
                messages.stream().filter(id -> id.compareTo(highest) <= 0).toList());
        if (!held.isEmpty()) {
            session.query(
                            "SELECT key FROM held_mails WHERE key IN (SELECT value FROM json_each(?))",
                            row -> new EntryId(row.getString(1)),
                            Json.of(held))
                    .forEach(ledger::loadHeld);
        }
        return ledger;
    }

    /** A ledger with all rows of one message. */
    Ledger load(MessageId message) throws SQLException {
        Ledger ledger = new Ledger();
        loadMessages(ledger, List.of(message.value()));
        return ledger;
    }

    void save(Ledger ledger) throws SQLException {
        saveMessages(ledger);
        saveAttempts(ledger);
        saveEvents(ledger.events());
        saveHeld(ledger);
    }

    /** No message with a higher id has rows. Ids begin with the time, so most of those that are new are higher, and need not be looked for. */
    private String highestId() throws SQLException {
        return session.queryFirst(
                        "SELECT MAX(COALESCE((SELECT MAX(id) FROM messages), ''),"
                                + " COALESCE((SELECT MAX(message_id) FROM deliveries), ''))",
                        row -> row.getString(1))
                .orElse("");
    }

    private void loadMessages(Ledger ledger, List<String> messages) throws SQLException {
        if (messages.isEmpty()) {
            return;
        }
        String ids = Json.of(messages);
        session.query(
                "SELECT id, state, recipients FROM messages WHERE id IN (SELECT value FROM json_each(?))",
                row -> {
                    MessageRows rows = ledger.rows(new MessageId(row.getString(1)));
                    rows.loadTotals(new MessageRows.Totals(row.getString(2), row.getInt(3)));
                    return rows;
                },
                ids);
        session.query(
                "SELECT " + DeliveryColumns.ALL
                        + " FROM deliveries WHERE message_id IN (SELECT value FROM json_each(?))",
                row -> {
                    MessageRows rows = ledger.rows(DeliveryColumns.message(row));
                    rows.load(DeliveryColumns.standing(row));
                    return rows;
                },
                ids);
    }

    private void saveMessages(Ledger ledger) throws SQLException {
        List<Object[]> inserts = new ArrayList<>();
        List<Object[]> updates = new ArrayList<>();
        List<Object[]> deliveries = new ArrayList<>();
        for (MessageRows rows : ledger.messages()) {
            rows.toInsert().ifPresent(message -> inserts.add(row(message, rows.totals())));
            rows.toUpdate()
                    .ifPresent(totals -> updates.add(new Object[] {totals.state(), totals.recipients(), rows.id()}));
            for (Standing standing : rows.changedDeliveries()) {
                deliveries.add(DeliveryColumns.row(rows.id(), standing));
            }
        }
        session.updateAll(
                "INSERT INTO messages (id, tenant, stream, submitter, sender, subject, size, accepted_at, state, recipients)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                inserts);
        session.updateAll("UPDATE messages SET state = ?, recipients = ? WHERE id = ?", updates);
        session.updateAll(
                "INSERT INTO deliveries (" + DeliveryColumns.ALL + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT DO UPDATE SET state = excluded.state, attempts = excluded.attempts,"
                        + " owner = excluded.owner, next_attempt_at = excluded.next_attempt_at, pinned_to = excluded.pinned_to,"
                        + " explanation = excluded.explanation, position = excluded.position",
                deliveries);
    }

    private void saveAttempts(Ledger ledger) throws SQLException {
        List<Object[]> rows = new ArrayList<>();
        for (Ledger.RecordedAttempt recorded : ledger.attempts()) {
            Change.Step step = recorded.step();
            rows.add(AttemptColumns.row(step.message(), step.recipient(), step.number(), recorded.attempt()));
        }
        session.updateAll(
                "INSERT INTO attempts (" + AttemptColumns.ALL
                        + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT DO NOTHING",
                rows);
    }

    private void saveEvents(List<RecordedEvent> events) throws SQLException {
        if (events.isEmpty()) {
            return;
        }
        long sequence = session.queryFirst(
                        "UPDATE event_sequence SET last = last + ? RETURNING last",
                        row -> row.getLong(1),
                        events.size())
                .orElseThrow(() -> new SQLException("the table event_sequence is empty"));
        List<Object[]> rows = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            RecordedEvent event = events.get(i);
            rows.add(new Object[] {
                event.message(),
                event.recipient().map(Object::toString).orElse(""),
                event.type(),
                event.step(),
                event.at(),
                sequence - events.size() + i + 1,
                event.detail()
            });
        }
        session.updateAll(
                "INSERT INTO events (message_id, recipient, type, step, at, sequence, detail) VALUES (?, ?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT DO NOTHING",
                rows);
    }

    private void saveHeld(Ledger ledger) throws SQLException {
        List<Object[]> kept = new ArrayList<>();
        ledger.putAside()
                .forEach(mail ->
                        kept.add(new Object[] {mail.key(), mail.message(), mail.at(), mail.cause(), mail.entry()}));
        session.updateAll("INSERT INTO held_mails (key, message_id, at, cause, entry) VALUES (?, ?, ?, ?, ?)", kept);
        List<Object[]> gone = new ArrayList<>();
        ledger.noLongerKept().forEach(key -> gone.add(new Object[] {key}));
        session.updateAll("UPDATE held_mails SET entry = NULL WHERE key = ? AND entry IS NOT NULL", gone);
    }

    private static Object[] row(AcceptedMessage message, MessageRows.Totals totals) {
        return new Object[] {
            message.id(),
            message.tenant(),
            message.stream(),
            message.submitter(),
            message.sender(),
            message.subject(),
            message.size(),
            message.acceptedAt(),
            totals.state(),
            totals.recipients()
        };
    }
}
