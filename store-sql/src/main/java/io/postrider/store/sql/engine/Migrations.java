package io.postrider.store.sql.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a schema up to date: the numbered files of {@code db/migration}, in their order, each in one transaction. In these files
 * a statement ends with a semicolon at the end of a line, and a comment has its line to itself. */
final class Migrations {
    private static final Logger LOGGER = LoggerFactory.getLogger(Migrations.class);
    private static final Pattern COMMENT = Pattern.compile("(?m)^--.*$");
    private static final String FOLDER = "/db/migration/";
    /** A file is never changed once it was released; what comes later is a new one. */
    static final List<String> OF_THIS_RELEASE = List.of(
            "0001-first-schema.sql",
            "0002-connections-of-attempts.sql",
            "0003-reports-of-tenants.sql",
            "0004-egress-pools.sql",
            "0005-open-deliveries.sql",
            "0006-sites-of-attempts.sql",
            "0007-events-of-acceptances.sql");

    private final Database database;
    private final Path file;
    private final List<String> scripts;

    Migrations(Database database, Path file, List<String> scripts) {
        this.database = database;
        this.file = file;
        this.scripts = scripts;
    }

    void run() {
        int version = currentVersion();
        if (version > scripts.size()) {
            throw new IllegalStateException("The database " + file + " has the schema version " + version
                    + ", but this release knows versions up to " + scripts.size()
                    + ": start the release that wrote it, or restore a backup from before its upgrade");
        }
        for (int next = version + 1; next <= scripts.size(); next++) {
            apply(next, scripts.get(next - 1));
        }
    }

    private int currentVersion() {
        return database.write("read the schema version", session -> {
            session.execute(
                    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, file TEXT NOT NULL,"
                            + " applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)");
            return session.queryFirst("SELECT COALESCE(MAX(version), 0) FROM schema_version", row -> row.getInt(1))
                    .orElse(0);
        });
    }

    private void apply(int version, String name) {
        String script = read(name);
        database.write("migrate to schema version " + version, session -> {
            for (String statement : COMMENT.matcher(script).replaceAll("").split(";\\s*(?:\\n|$)")) {
                if (!statement.isBlank()) {
                    session.execute(statement);
                }
            }
            return session.update("INSERT INTO schema_version (version, file) VALUES (?, ?)", version, name);
        });
        LOGGER.info("The database {} has the schema version {} now ({})", file, version, name);
    }

    private static String read(String name) {
        try (InputStream stream = Migrations.class.getResourceAsStream(FOLDER + name)) {
            if (stream == null) {
                throw new IllegalStateException("migration " + name + ": not on the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("migration " + name, e);
        }
    }
}
