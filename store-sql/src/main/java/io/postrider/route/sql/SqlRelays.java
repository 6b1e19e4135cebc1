package io.postrider.route.sql;

import io.postrider.route.HeaderSet;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import io.postrider.security.SecretBox;
import io.postrider.store.Page;
import io.postrider.store.sql.engine.Database;
import io.postrider.store.sql.engine.NamedRows;
import io.postrider.store.sql.engine.SealedColumn;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** The relays in SQL; a password is sealed for its relay. */
public final class SqlRelays implements Relays {
    private final Database database;
    private final SealedColumn passwords;
    private final NamedRows<Relay> rows;

    public SqlRelays(Database database, SecretBox secrets) {
        this.database = database;
        this.passwords = new SealedColumn(secrets, "relays.password_sealed");
        this.rows = new NamedRows<>(database, "relays", "relay", this::relay, Relay::name);
    }

    @Override
    public void put(Relay relay) {
        Optional<byte[]> sealed = relay.password()
                .map(password -> passwords.seal(password.getBytes(StandardCharsets.UTF_8), relay.name()));
        database.write(
                "put a relay",
                session -> session.update(
                        "INSERT OR REPLACE INTO relays (name, host, port, tls_mode, tls_verify, tls_ca, username, password_sealed,"
                                + " max_connections, messages_per_connection, header_set)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        relay.name(),
                        relay.host(),
                        relay.port(),
                        relay.tls().mode().name(),
                        relay.tls().verify(),
                        relay.tls().ca(),
                        relay.username(),
                        sealed,
                        relay.maxConnections(),
                        relay.messagesPerConnection(),
                        relay.headerSet().name()));
    }

    @Override
    public Optional<Relay> find(String name) {
        return rows.find(name);
    }

    @Override
    public Page<Relay> list(int limit, Optional<String> cursor) {
        return rows.list(limit, cursor);
    }

    @Override
    public boolean remove(String name) {
        return rows.remove(name);
    }

    private Relay relay(ResultSet row) throws SQLException {
        String name = row.getString("name");
        byte[] sealed = row.getBytes("password_sealed");
        Optional<String> password = sealed == null
                ? Optional.empty()
                : Optional.of(new String(passwords.open(sealed, name), StandardCharsets.UTF_8));
        return new Relay(
                name,
                row.getString("host"),
                row.getInt("port"),
                new Relay.Tls(
                        Relay.TlsMode.valueOf(row.getString("tls_mode")),
                        row.getBoolean("tls_verify"),
                        Optional.ofNullable(row.getString("tls_ca"))),
                Optional.ofNullable(row.getString("username")),
                password,
                row.getInt("max_connections"),
                row.getInt("messages_per_connection"),
                HeaderSet.valueOf(row.getString("header_set")));
    }
}
