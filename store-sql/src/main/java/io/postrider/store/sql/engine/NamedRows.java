package io.postrider.store.sql.engine;

import io.postrider.store.Page;
import io.postrider.store.sql.engine.Session.RowMapper;
import java.util.Optional;
import java.util.function.Function;

/**
 * A table of things that admins keep by name, in its column {@code name}.
 *
 * @param thing what a row is, in words
 */
public record NamedRows<T>(
        Database database, String table, String thing, RowMapper<T> mapper, Function<T, String> name) {
    /** Finds one. */
    public Optional<T> find(String wanted) {
        return database.read(
                "find a " + thing,
                session -> session.queryFirst("SELECT * FROM " + table + " WHERE name = ?", mapper, wanted));
    }

    /** Lists by name, from behind the cursor. */
    public Page<T> list(int limit, Optional<String> cursor) {
        Paging paging = new Paging(thing + "s");
        int rows = paging.rowsFor(limit);
        String after = paging.keyBefore(cursor);
        return paging.page(
                database.read(
                        "list " + thing + "s",
                        session -> session.query(
                                "SELECT * FROM " + table + " WHERE name > ? ORDER BY name LIMIT ?",
                                mapper,
                                after,
                                rows)),
                limit,
                name);
    }

    /** Returns whether there was one. */
    public boolean remove(String unwanted) {
        return database.write(
                "remove a " + thing,
                session -> session.update("DELETE FROM " + table + " WHERE name = ?", unwanted) == 1);
    }
}
