package io.postrider.route.sql;

import io.postrider.route.Hop;
import io.postrider.route.Route;
import io.postrider.route.Routes;
import io.postrider.store.sql.engine.Database;
import io.postrider.store.sql.engine.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The routes in SQL. */
public final class SqlRoutes implements Routes {
    private final Database database;

    public SqlRoutes(Database database) {
        this.database = database;
    }

    @Override
    public void put(Route route) {
        String conditions = Json.of(conditions(route.when()));
        String via = Json.of(route.via().stream().map(Hop::toString).toList());
        database.write(
                "put a route",
                session -> session.update(
                        "INSERT OR REPLACE INTO routes (name, position, conditions, via) VALUES (?, ?, ?, ?)",
                        route.name(),
                        route.position(),
                        conditions,
                        via));
    }

    @Override
    public List<Route> list() {
        return database.read(
                "list routes",
                session -> session.query(
                        "SELECT * FROM routes ORDER BY name = ?, position, name", SqlRoutes::route, Route.DEFAULT));
    }

    @Override
    public boolean remove(String name) {
        return database.write(
                "remove a route", session -> session.update("DELETE FROM routes WHERE name = ?", name) == 1);
    }

    private static Map<String, String> conditions(Route.When when) {
        Map<String, String> conditions = new LinkedHashMap<>();
        when.tenant().ifPresent(value -> conditions.put("tenant", value));
        when.stream().ifPresent(value -> conditions.put("stream", value));
        when.senderDomain().ifPresent(value -> conditions.put("senderDomain", value));
        when.recipientDomain().ifPresent(value -> conditions.put("recipientDomain", value));
        return conditions;
    }

    private static Route route(ResultSet row) throws SQLException {
        Map<String, String> conditions = Json.stringMap(row.getString("conditions"));
        return new Route(
                row.getString("name"),
                row.getInt("position"),
                new Route.When(
                        Optional.ofNullable(conditions.get("tenant")),
                        Optional.ofNullable(conditions.get("stream")),
                        Optional.ofNullable(conditions.get("senderDomain")),
                        Optional.ofNullable(conditions.get("recipientDomain"))),
                Json.strings(row.getString("via")).stream().map(Hop::parse).toList());
    }
}
