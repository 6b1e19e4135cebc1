package io.postrider.trace.sql;

import io.postrider.mail.MessageId;
import io.postrider.store.sql.engine.Database;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMail;
import io.postrider.trace.HeldMails;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The held mails in SQL. Lists can go on behind a mail that was released or discarded meanwhile. */
public final class SqlHeldMails implements HeldMails {
    private final Database database;

    public SqlHeldMails(Database database) {
        this.database = database;
    }

    @Override
    public List<EntryId> keys(Optional<EntryId> after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1 or more)");
        }
        return database.read("list held mails", session -> {
            long at = Long.MIN_VALUE;
            if (after.isPresent()) {
                at = session.queryFirst("SELECT at FROM held_mails WHERE key = ?", row -> row.getLong(1), after.get())
                        .orElseThrow(() -> new IllegalArgumentException(
                                "after: '" + after.get() + "' (expected: the key of a mail that was held)"));
            }
            return session.query(
                    "SELECT key FROM held_mails INDEXED BY held_mails_kept WHERE entry IS NOT NULL AND (at, key) > (?, ?)"
                            + " ORDER BY at, key LIMIT ?",
                    row -> new EntryId(row.getString(1)),
                    at,
                    after.map(EntryId::value).orElse(""),
                    limit);
        });
    }

    @Override
    public Optional<HeldMail> find(EntryId key) {
        return database.read(
                "find a held mail",
                session -> session.queryFirst(
                        "SELECT * FROM held_mails WHERE key = ? AND entry IS NOT NULL",
                        row -> new HeldMail(
                                new EntryId(row.getString("key")),
                                new MessageId(row.getString("message_id")),
                                row.getBytes("entry"),
                                row.getString("cause"),
                                Instant.ofEpochMilli(row.getLong("at"))),
                        key));
    }

    @Override
    public long count() {
        return database.read(
                "count held mails",
                session -> session.queryFirst(
                                "SELECT COUNT(*) FROM held_mails INDEXED BY held_mails_kept WHERE entry IS NOT NULL",
                                row -> row.getLong(1))
                        .orElse(0L));
    }

    @Override
    public boolean discard(EntryId key, Instant at) {
        return database.write("discard a held mail", session -> {
            Optional<MessageId> message = session.queryFirst(
                    "SELECT message_id FROM held_mails WHERE key = ? AND entry IS NOT NULL",
                    row -> new MessageId(row.getString(1)),
                    key);
            if (message.isEmpty()) {
                return false;
            }
            LedgerTables tables = new LedgerTables(session);
            Ledger ledger = tables.load(message.get());
            ledger.discard(message.get(), key, at);
            tables.save(ledger);
            return true;
        });
    }
}
