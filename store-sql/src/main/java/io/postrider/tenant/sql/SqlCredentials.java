package io.postrider.tenant.sql;

import io.postrider.store.Page;
import io.postrider.store.sql.engine.Database;
import io.postrider.store.sql.engine.Paging;
import io.postrider.tenant.Credential;
import io.postrider.tenant.Credentials;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The SMTP credentials in SQL. */
public final class SqlCredentials implements Credentials {
    private static final Paging PAGING = new Paging("credentials");

    private final Database database;

    public SqlCredentials(Database database) {
        this.database = database;
    }

    @Override
    public void put(Credential credential) {
        database.write(
                "put a credential",
                session -> session.update(
                        "INSERT OR REPLACE INTO credentials (username, tenant, password_hash, disabled, description, created_at)"
                                + " VALUES (?, ?, ?, ?, ?, ?)",
                        credential.username(),
                        credential.tenant(),
                        credential.passwordHash(),
                        credential.disabled(),
                        credential.description(),
                        credential.createdAt()));
    }

    @Override
    public Optional<Credential> find(String username) {
        return database.read(
                "find a credential",
                session -> session.queryFirst(
                        "SELECT * FROM credentials WHERE username = ?", SqlCredentials::credential, username));
    }

    @Override
    public Page<Credential> list(Optional<String> tenant, int limit, Optional<String> cursor) {
        int rows = PAGING.rowsFor(limit);
        String after = PAGING.keyBefore(cursor);
        List<Credential> found = database.read(
                "list credentials",
                session -> tenant.isPresent()
                        ? session.query(
                                "SELECT * FROM credentials WHERE tenant = ? AND username > ? ORDER BY username LIMIT ?",
                                SqlCredentials::credential,
                                tenant,
                                after,
                                rows)
                        : session.query(
                                "SELECT * FROM credentials WHERE username > ? ORDER BY username LIMIT ?",
                                SqlCredentials::credential,
                                after,
                                rows));
        return PAGING.page(found, limit, Credential::username);
    }

    @Override
    public boolean remove(String username) {
        return database.write(
                "remove a credential",
                session -> session.update("DELETE FROM credentials WHERE username = ?", username) == 1);
    }

    private static Credential credential(ResultSet row) throws SQLException {
        return new Credential(
                row.getString("username"),
                row.getString("tenant"),
                row.getString("password_hash"),
                row.getBoolean("disabled"),
                row.getString("description"),
                Instant.ofEpochMilli(row.getLong("created_at")));
    }
}
