package io.postrider.store.sql.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.store.StoreUnavailableException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationsTest {
    private static final int LAST = Migrations.OF_THIS_RELEASE.size();
    private static final String GOOD = "9002-good.sql";
    private static final String BROKEN = "9003-broken.sql";

    @TempDir
    Path folder;

    @Test
    void openShouldApplyAllToAFreshFile() {
        try (Database database = open()) {
            assertThat(versions(database)).containsExactlyElementsOf(upTo(LAST));
        }
    }

    @Test
    void openShouldApplyNothingToAFileThatIsUpToDate() {
        open().close();

        try (Database database = open()) {
            assertThat(versions(database)).containsExactlyElementsOf(upTo(LAST));
        }
    }

    @Test
    void runShouldApplyOnlyWhatIsNew() {
        try (Database database = open()) {
            migrate(database, GOOD);
            migrate(database, GOOD);

            assertThat(versions(database)).containsExactlyElementsOf(upTo(LAST + 1));
            assertThat(database.<List<String>>read(
                            "read", session -> session.query("SELECT name FROM later", row -> row.getString(1))))
                    .containsExactly("a;b");
        }
    }

    @Test
    void runShouldLeaveNothingOfAMigrationThatFails() {
        try (Database database = open()) {
            assertThatThrownBy(() -> migrate(database, BROKEN))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("migrate to schema version " + (LAST + 1));

            assertThat(versions(database)).containsExactlyElementsOf(upTo(LAST));
            assertThat(tables(database)).contains("messages").doesNotContain("half_done");
        }
    }

    @Test
    void openShouldRefuseASchemaOfANewerRelease() {
        try (Database database = open()) {
            migrate(database, GOOD);
        }

        assertThatIllegalStateException()
                .isThrownBy(this::open)
                .withMessageContaining("schema version " + (LAST + 1))
                .withMessageContaining("knows versions up to " + LAST)
                .withMessageContaining("postrider.db");
    }

    private Database open() {
        return Database.open(file(), Settings.DEFAULT);
    }

    private Path file() {
        return folder.resolve("postrider.db");
    }

    private void migrate(Database database, String next) {
        List<String> scripts = new ArrayList<>(Migrations.OF_THIS_RELEASE);
        scripts.add(next);
        new Migrations(database, file(), scripts).run();
    }

    private static List<Integer> upTo(int version) {
        return IntStream.rangeClosed(1, version).boxed().toList();
    }

    private static List<Integer> versions(Database database) {
        return database.read(
                "read versions",
                session -> session.query("SELECT version FROM schema_version ORDER BY version", row -> row.getInt(1)));
    }

    private static List<String> tables(Database database) {
        return database.read(
                "read tables",
                session ->
                        session.query("SELECT name FROM sqlite_schema WHERE type = 'table'", row -> row.getString(1)));
    }
}
