package io.postrider.trace.sql;

import io.postrider.delivery.Attempt;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import io.postrider.store.sql.engine.Database;
import io.postrider.store.sql.engine.Json;
import io.postrider.store.sql.engine.Paging;
import io.postrider.store.sql.engine.Session;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.EventType;
import io.postrider.trace.MessageLog;
import io.postrider.trace.MessageQuery;
import io.postrider.trace.MessageSummary;
import io.postrider.trace.MessageTrace;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The message log in SQL. Deliveries of a message come in the order of their addresses. Of the steps of a delivery that carry the same number, the one that was
 * recorded last decides; one of an earlier number changes the row only when it is final.
 */
public final class SqlMessageLog implements MessageLog {
    private static final Paging PAGING = new Paging("messages");

    private final Database database;

    public SqlMessageLog(Database database) {
        this.database = database;
    }

    @Override
    public void append(List<Change> changes) {
        if (changes.isEmpty()) {
            return;
        }
        database.write("append to the message log", session -> {
            LedgerTables tables = new LedgerTables(session);
            Ledger ledger = tables.load(changes);
            changes.forEach(ledger::apply);
            tables.save(ledger);
            return ledger;
        });
    }

    @Override
    public Map<MessageId, List<DeliveryRow>> deliveries(Collection<MessageId> messages) {
        if (messages.isEmpty()) {
            return Map.of();
        }
        String ids = Json.of(messages.stream().map(MessageId::value).toList());
        Map<MessageId, List<DeliveryRow>> found = new LinkedHashMap<>();
        database.read(
                "find deliveries",
                session -> session.query(
                        "SELECT " + DeliveryColumns.ALL
                                + " FROM deliveries WHERE message_id IN (SELECT value FROM json_each(?))"
                                + " ORDER BY message_id, recipient",
                        row -> found.computeIfAbsent(DeliveryColumns.message(row), id -> new ArrayList<>())
                                .add(DeliveryColumns.standing(row).row()),
                        ids));
        found.replaceAll((id, rows) -> List.copyOf(rows));
        return found;
    }

    @Override
    public Optional<MessageTrace> find(MessageId id) {
        return database.read("find a message", session -> {
            Optional<Head> head = session.queryFirst("SELECT * FROM messages WHERE id = ?", Head::of, id);
            return head.isPresent() ? Optional.of(trace(session, head.get())) : Optional.empty();
        });
    }

    @Override
    public Page<MessageSummary> search(MessageQuery query) {
        int rows = PAGING.rowsFor(query.limit());
        SearchStatement statement = SearchStatement.of(query, query.cursor().map(SqlMessageLog::lastSeen), rows);
        List<MessageSummary> found = database.read(
                "search messages",
                session -> session.query(
                        statement.sql(),
                        MessageColumns::summary,
                        statement.parameters().toArray()));
        return PAGING.page(found, query.limit(), message -> message.id().value());
    }

    private static MessageId lastSeen(String cursor) {
        String key = PAGING.keyBefore(Optional.of(cursor));
        try {
            return new MessageId(key);
        } catch (IllegalArgumentException e) {
            throw (IllegalArgumentException) PAGING.refusal(cursor).initCause(e);
        }
    }

    private static MessageTrace trace(Session session, Head head) throws SQLException {
        MessageId id = head.summary().id();
        Map<EmailAddress, List<Attempt>> attempts = new LinkedHashMap<>();
        session.query(
                "SELECT " + AttemptColumns.ALL + " FROM attempts WHERE message_id = ? ORDER BY recipient, number",
                row -> attempts.computeIfAbsent(
                                EmailAddress.parse(row.getString("recipient")), recipient -> new ArrayList<>())
                        .add(AttemptColumns.attempt(row)),
                id);
        List<Standing> standings = session.query(
                "SELECT " + DeliveryColumns.ALL + " FROM deliveries WHERE message_id = ? ORDER BY recipient",
                DeliveryColumns::standing,
                id);
        List<MessageTrace.DeliveryTrace> deliveries = standings.stream()
                .map(standing -> new MessageTrace.DeliveryTrace(
                        standing.row(),
                        standing.explanation(),
                        attempts.getOrDefault(standing.row().recipient(), List.of())))
                .toList();
        return new MessageTrace(head.summary(), head.submitter(), deliveries, events(session, head, standings));
    }

    private static List<MessageTrace.Event> events(Session session, Head head, List<Standing> standings)
            throws SQLException {
        // Neither an outcome that was recorded first nor a clock that was set back may come before the acceptance.
        List<MessageTrace.Event> recorded = session.query(
                "SELECT type, at, recipient, detail FROM events WHERE message_id = ?"
                        + " ORDER BY MAX(at, ?), step <> '" + RecordedEvent.ACCEPTANCE
                        + "', sequence",
                SqlMessageLog::event,
                head.summary().id(),
                head.summary().acceptedAt());
        if (recorded.stream().anyMatch(event -> event.type() == EventType.ACCEPTED)) {
            return recorded; // by a release that gave these events rows of their own
        }
        List<MessageTrace.Event> events = new ArrayList<>(beginning(head, standings));
        events.addAll(recorded);
        return List.copyOf(events);
    }

    /** The events of the acceptance, which its rows tell. */
    private static List<MessageTrace.Event> beginning(Head head, List<Standing> standings) {
        Instant at = head.summary().acceptedAt();
        List<MessageTrace.Event> events = new ArrayList<>();
        events.add(
                new MessageTrace.Event(EventType.ACCEPTED, at, Optional.empty(), "submitted by " + head.submitter()));
        standings.stream()
                .filter(standing -> standing.position().isPresent())
                .sorted(Comparator.comparing(standing -> standing.position().orElseThrow()))
                .forEach(standing -> events.add(new MessageTrace.Event(
                        EventType.QUEUED, at, Optional.of(standing.row().recipient()), Standing.FIRST)));
        return events;
    }

    private static MessageTrace.Event event(ResultSet row) throws SQLException {
        String recipient = row.getString("recipient");
        return new MessageTrace.Event(
                EventType.valueOf(row.getString("type").toUpperCase(Locale.ROOT)),
                Instant.ofEpochMilli(row.getLong("at")),
                recipient.isEmpty() ? Optional.empty() : Optional.of(EmailAddress.parse(recipient)),
                row.getString("detail"));
    }

    private record Head(MessageSummary summary, String submitter) {
        static Head of(ResultSet row) throws SQLException {
            return new Head(MessageColumns.summary(row), row.getString("submitter"));
        }
    }
}
