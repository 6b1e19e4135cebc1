package io.postrider.tenant.sql;

import io.postrider.store.Page;
import io.postrider.store.sql.engine.Database;
import io.postrider.store.sql.engine.NamedRows;
import io.postrider.tenant.BounceReports;
import io.postrider.tenant.Tenant;
import io.postrider.tenant.Tenants;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/** The tenants in SQL. */
public final class SqlTenants implements Tenants {
    private final Database database;
    private final NamedRows<Tenant> rows;

    public SqlTenants(Database database) {
        this.database = database;
        this.rows = new NamedRows<>(database, "tenants", "tenant", SqlTenants::tenant, Tenant::name);
    }

    @Override
    public boolean add(Tenant tenant) {
        return database.write(
                "add a tenant",
                session -> session.update(
                                "INSERT INTO tenants (name, created_at, bounce_reports) VALUES (?, ?, ?)"
                                        + " ON CONFLICT DO NOTHING",
                                tenant.name(),
                                tenant.createdAt(),
                                tenant.bounceReports().toString())
                        == 1);
    }

    @Override
    public boolean setBounceReports(String name, BounceReports wanted) {
        return database.write(
                "set the reports of a tenant",
                session ->
                        session.update("UPDATE tenants SET bounce_reports = ? WHERE name = ?", wanted.toString(), name)
                                == 1);
    }

    @Override
    public Optional<Tenant> find(String name) {
        return rows.find(name);
    }

    @Override
    public Page<Tenant> list(int limit, Optional<String> cursor) {
        return rows.list(limit, cursor);
    }

    @Override
    public boolean remove(String name) {
        return database.write("remove a tenant", session -> {
            boolean owns = session.queryFirst(
                            "SELECT EXISTS (SELECT 1 FROM credentials WHERE tenant = ?)"
                                    + " OR EXISTS (SELECT 1 FROM sending_domains WHERE tenant = ?)",
                            row -> row.getBoolean(1),
                            name,
                            name)
                    .orElse(false);
            if (owns) {
                return false;
            }
            session.update("DELETE FROM tenants WHERE name = ?", name);
            return true;
        });
    }

    private static Tenant tenant(ResultSet row) throws SQLException {
        return new Tenant(
                row.getString("name"),
                Instant.ofEpochMilli(row.getLong("created_at")),
                BounceReports.parse(row.getString("bounce_reports")));
    }
}
