package io.postrider.store.sql.engine;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection and the statements that were prepared on it: preparing costs more than running a short one, and the number of texts is small. For one thread at a
 * time. Parameters may be {@code Optional} (empty is null) and {@code Instant} (milliseconds); booleans are 0 and 1, other values go by their {@code toString}.
 */
public final class Session implements AutoCloseable {
    /** Makes a value of the row that the result set stands on. */
    @FunctionalInterface
    public interface RowMapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    Session(Connection connection) {
        this.connection = connection;
    }

    public <T> List<T> query(String sql, RowMapper<T> mapper, Object... parameters) throws SQLException {
        PreparedStatement statement = prepare(sql);
        bind(statement, parameters);
        List<T> rows = new ArrayList<>();
        try (ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                rows.add(mapper.map(result));
            }
        }
        return rows;
    }

    /** The first row, when there is one. */
    public <T> Optional<T> queryFirst(String sql, RowMapper<T> mapper, Object... parameters) throws SQLException {
        PreparedStatement statement = prepare(sql);
        bind(statement, parameters);
        try (ResultSet result = statement.executeQuery()) {
            return result.next() ? Optional.of(mapper.map(result)) : Optional.empty();
        }
    }

    /** Returns how many rows it changed. */
    public int update(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = prepare(sql);
        bind(statement, parameters);
        return statement.executeUpdate();
    }

    /** Runs a statement for each of the rows of parameters. */
    public void updateAll(String sql, List<Object[]> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        PreparedStatement statement = prepare(sql);
        for (Object[] row : rows) {
            bind(statement, row);
            statement.addBatch();
        }
        statement.executeBatch();
    }

    /** Runs a statement that is not worth keeping, such as one of a migration. */
    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Begins a transaction. The driver's own {@code commit} would begin the next one at once, and so hold the lock of the file for ever. */
    void begin() throws SQLException {
        connection.setAutoCommit(false);
    }

    /** Commits and ends the transaction. */
    void commit() throws SQLException {
        connection.setAutoCommit(true);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement known = statements.get(sql);
        if (known != null) {
            return known;
        }
        PreparedStatement statement = connection.prepareStatement(sql);
        statements.put(sql, statement);
        return statement;
    }

    private static void bind(PreparedStatement statement, Object... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, plain(parameters[i]));
        }
    }

    private static @Nullable Object plain(Object parameter) {
        if (parameter instanceof Optional<?> optional) {
            return optional.isPresent() ? plain(optional.get()) : null;
        }
        return parameter instanceof Instant instant ? (Long) instant.toEpochMilli() : parameter;
    }
}
