package io.postrider.route.sql;

import io.postrider.route.EgressPool;
import io.postrider.route.EgressPools;
import io.postrider.store.Page;
import io.postrider.store.sql.engine.Database;
import io.postrider.store.sql.engine.Json;
import io.postrider.store.sql.engine.NamedRows;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The egress pools in SQL; each source is written as {@code weight address ehloName}. */
public final class SqlEgressPools implements EgressPools {
    private final Database database;
    private final NamedRows<EgressPool> rows;

    public SqlEgressPools(Database database) {
        this.database = database;
        this.rows = new NamedRows<>(database, "egress_pools", "pool", SqlEgressPools::pool, EgressPool::name);
    }

    @Override
    public void put(EgressPool pool) {
        String sources =
                Json.of(pool.sources().stream().map(SqlEgressPools::text).toList());
        database.write(
                "put a pool",
                session -> session.update(
                        "INSERT OR REPLACE INTO egress_pools (name, sources) VALUES (?, ?)", pool.name(), sources));
    }

    @Override
    public Optional<EgressPool> find(String name) {
        return rows.find(name);
    }

    @Override
    public Page<EgressPool> list(int limit, Optional<String> cursor) {
        return rows.list(limit, cursor);
    }

    @Override
    public boolean remove(String name) {
        return rows.remove(name);
    }

    private static String text(EgressPool.Source source) {
        return source.weight() + " " + source.address().getHostAddress()
                + source.ehloName().map(name -> " " + name).orElse("");
    }

    private static EgressPool pool(ResultSet row) throws SQLException {
        List<EgressPool.Source> sources = new ArrayList<>();
        for (String text : Json.strings(row.getString("sources"))) {
            sources.add(source(text));
        }
        return new EgressPool(row.getString("name"), sources);
    }

    private static EgressPool.Source source(String text) throws SQLException {
        String[] words = text.split(" ", -1);
        try {
            return new EgressPool.Source(
                    InetAddress.getByName(words[1]), // a literal: nothing is looked up
                    words.length > 2 ? Optional.of(words[2]) : Optional.empty(),
                    Integer.parseInt(words[0]));
        } catch (UnknownHostException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new SQLException("a pool has the unreadable source '" + text + "'", e);
        }
    }
}
