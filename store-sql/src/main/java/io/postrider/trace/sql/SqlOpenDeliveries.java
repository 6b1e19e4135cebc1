package io.postrider.trace.sql;

import io.postrider.mail.MessageId;
import io.postrider.store.sql.engine.Database;
import io.postrider.trace.EntryId;
import io.postrider.trace.OpenDeliveries;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The open deliveries in SQL, by indexes that hold the open ones only. */
public final class SqlOpenDeliveries implements OpenDeliveries {
    private final Database database;

    public SqlOpenDeliveries(Database database) {
        this.database = database;
    }

    @Override
    public List<Overdue> overdue(Instant before, Optional<Overdue> after, int limit) {
        return database.read(
                "find late deliveries",
                session -> session.query(
                        "SELECT " + DeliveryColumns.ALL + " FROM deliveries INDEXED BY deliveries_by_next_attempt"
                                + " WHERE state IN ('queued', 'scheduled', 'deferred') AND COALESCE(next_attempt_at, 0) < ?"
                                + " AND (COALESCE(next_attempt_at, 0), message_id, recipient) > (?, ?, ?)"
                                + " ORDER BY COALESCE(next_attempt_at, 0), message_id, recipient LIMIT ?",
                        row -> new Overdue(
                                DeliveryColumns.message(row),
                                DeliveryColumns.standing(row).row()),
                        before,
                        after.flatMap(seen -> seen.row().nextAttemptAt()).orElse(Instant.EPOCH),
                        after.map(seen -> seen.message().value()).orElse(""),
                        after.map(seen -> seen.recipient().toString()).orElse(""),
                        limit));
    }

    @Override
    public List<Orphan> orphans(Instant before, int limit) {
        return database.read(
                "find orphaned mails",
                session -> session.query(
                        "SELECT key, message_id, EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = h.message_id)"
                                + " FROM held_mails h INDEXED BY held_mails_kept WHERE entry IS NOT NULL AND at < ?"
                                + " AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = h.message_id"
                                + " AND d.owner = h.key) ORDER BY at, key LIMIT ?",
                        row -> new Orphan(
                                new EntryId(row.getString(1)), new MessageId(row.getString(2)), row.getBoolean(3)),
                        before,
                        limit));
    }

    @Override
    public long heldWithoutMail() {
        return database.read(
                "count held deliveries without mail",
                session -> session.queryFirst(
                                "SELECT COUNT(*) FROM deliveries d INDEXED BY deliveries_held WHERE state = 'held'"
                                        + " AND NOT EXISTS (SELECT 1 FROM held_mails h WHERE h.key = d.owner AND h.entry IS NOT NULL)",
                                row -> row.getLong(1))
                        .orElse(0L));
    }
}
