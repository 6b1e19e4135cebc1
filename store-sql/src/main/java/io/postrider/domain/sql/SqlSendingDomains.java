package io.postrider.domain.sql;

import io.postrider.domain.DkimKey;
import io.postrider.domain.SendingDomain;
import io.postrider.domain.SendingDomains;
import io.postrider.security.SecretBox;
import io.postrider.store.Page;
import io.postrider.store.sql.engine.Database;
import io.postrider.store.sql.engine.Paging;
import io.postrider.store.sql.engine.SealedColumn;
import io.postrider.store.sql.engine.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The sending domains in SQL; private keys are sealed for their domain and selector. */
public final class SqlSendingDomains implements SendingDomains {
    private static final Paging PAGING = new Paging("sendingDomains");

    private final Database database;
    private final SealedColumn privateKeys;

    public SqlSendingDomains(Database database, SecretBox secrets) {
        this.database = database;
        this.privateKeys = new SealedColumn(secrets, "dkim_keys.private_key_sealed");
    }

    @Override
    public void put(SendingDomain domain) {
        List<Object[]> keys = sealed(domain);
        database.write("put a sending domain", session -> {
            int changed = session.update(
                    "INSERT INTO sending_domains (name, tenant, return_path_domain, created_at) VALUES (?, ?, ?, ?)"
                            + " ON CONFLICT DO UPDATE SET return_path_domain = excluded.return_path_domain,"
                            + " created_at = excluded.created_at WHERE tenant = excluded.tenant",
                    domain.name(),
                    domain.tenant(),
                    domain.returnPathDomain(),
                    domain.createdAt());
            if (changed == 0) {
                throw new IllegalArgumentException("sending domain: '" + domain.name()
                        + "' belongs to another tenant (expected: a domain that is free, or one of '"
                        + domain.tenant() + "')");
            }
            session.update("DELETE FROM dkim_keys WHERE domain = ?", domain.name());
            session.updateAll(
                    "INSERT INTO dkim_keys (domain, selector, position, private_key_sealed, public_key, active, created_at)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    keys);
            return changed;
        });
    }

    @Override
    public Optional<SendingDomain> find(String name) {
        return database.read("find a sending domain", session -> {
            Optional<DomainRow> found =
                    session.queryFirst("SELECT * FROM sending_domains WHERE name = ?", DomainRow::of, name);
            return found.isPresent() ? Optional.of(withKeys(session, found.get())) : Optional.empty();
        });
    }

    @Override
    public boolean isReturnPathDomain(String name) {
        return database.read(
                "find a return-path domain",
                session -> session.queryFirst(
                                "SELECT 1 FROM sending_domains WHERE return_path_domain = ? LIMIT 1",
                                row -> row.getInt(1),
                                name)
                        .isPresent());
    }

    @Override
    public Page<SendingDomain> list(Optional<String> tenant, int limit, Optional<String> cursor) {
        int rows = PAGING.rowsFor(limit);
        String after = PAGING.keyBefore(cursor);
        return database.read("list sending domains", session -> {
            List<DomainRow> found = tenant.isPresent()
                    ? session.query(
                            "SELECT * FROM sending_domains WHERE tenant = ? AND name > ? ORDER BY name LIMIT ?",
                            DomainRow::of,
                            tenant,
                            after,
                            rows)
                    : session.query(
                            "SELECT * FROM sending_domains WHERE name > ? ORDER BY name LIMIT ?",
                            DomainRow::of,
                            after,
                            rows);
            Page<DomainRow> page = PAGING.page(found, limit, DomainRow::name);
            List<SendingDomain> domains = new ArrayList<>();
            for (DomainRow row : page.items()) {
                domains.add(withKeys(session, row));
            }
            return new Page<>(domains, page.nextCursor());
        });
    }

    @Override
    public boolean remove(String name) {
        return database.write("remove a sending domain", session -> {
            session.update("DELETE FROM dkim_keys WHERE domain = ?", name);
            return session.update("DELETE FROM sending_domains WHERE name = ?", name) == 1;
        });
    }

    private List<Object[]> sealed(SendingDomain domain) {
        List<Object[]> rows = new ArrayList<>();
        for (DkimKey key : domain.keys()) {
            rows.add(new Object[] {
                domain.name(),
                key.selector(),
                rows.size(),
                privateKeys.seal(key.privateKey(), rowKey(domain.name(), key.selector())),
                key.publicKey(),
                key.active(),
                key.createdAt()
            });
        }
        return rows;
    }

    private SendingDomain withKeys(Session session, DomainRow domain) throws SQLException {
        List<DkimKey> keys = session.query(
                "SELECT * FROM dkim_keys WHERE domain = ? ORDER BY position",
                row -> key(domain.name(), row),
                domain.name());
        return new SendingDomain(domain.name(), domain.tenant(), domain.returnPathDomain(), keys, domain.createdAt());
    }

    private DkimKey key(String domain, ResultSet row) throws SQLException {
        String selector = row.getString("selector");
        return new DkimKey(
                selector,
                privateKeys.open(row.getBytes("private_key_sealed"), rowKey(domain, selector)),
                row.getBytes("public_key"),
                row.getBoolean("active"),
                Instant.ofEpochMilli(row.getLong("created_at")));
    }

    private static String rowKey(String domain, String selector) {
        return domain + "/" + selector;
    }

    private record DomainRow(String name, String tenant, String returnPathDomain, Instant createdAt) {
        static DomainRow of(ResultSet row) throws SQLException {
            return new DomainRow(
                    row.getString("name"),
                    row.getString("tenant"),
                    row.getString("return_path_domain"),
                    Instant.ofEpochMilli(row.getLong("created_at")));
        }
    }
}
