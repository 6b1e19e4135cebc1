package io.postrider.store.sql.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.store.StoreUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
    private static final String INSERT = "INSERT INTO tenants (name, created_at) VALUES (?, 0)";

    @TempDir
    Path folder;

    private Database database;

    @BeforeEach
    void open() {
        database = Database.open(file(), new Settings(2, Duration.ofMillis(200), 1024, 1000));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void everyConnectionShouldHaveItsPragmas() {
        assertThat(pragmas(database.<List<String>>write("write", DatabaseTest::readPragmas)))
                .isEqualTo("wal 2 200");
        assertThat(pragmas(database.<List<String>>read("read", DatabaseTest::readPragmas)))
                .isEqualTo("wal 2 200");
    }

    @Test
    void writeShouldLeaveNothingWhenItsWorkThrows() {
        assertThatIllegalStateException()
                .isThrownBy(() -> database.write("write", session -> {
                    session.update(INSERT, "acme");
                    throw new IllegalStateException("no");
                }));

        assertThat(names()).isEmpty();
        database.write("write", session -> session.update(INSERT, "other"));
        assertThat(names()).containsExactly("other");
    }

    @Test
    void writeShouldLeaveNothingOfABatchWithARowThatIsRefused() {
        database.write("write", session -> session.update(INSERT, "b"));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> database.<Object>write("add tenants", session -> {
                    session.updateAll(INSERT, List.of(new Object[] {"a"}, new Object[] {"b"}));
                    return "done";
                }))
                .withMessageContaining("add tenants")
                .withMessageContaining("UNIQUE");
        assertThat(names()).containsExactly("b");

        database.<Object>write("add tenants", session -> {
            session.updateAll(INSERT, List.of(new Object[] {"c"}, new Object[] {"d"}));
            return "done";
        });
        assertThat(names()).containsExactly("b", "c", "d");
    }

    @Test
    void readShouldRefuseToWrite() {
        assertThatThrownBy(() -> database.read("read", session -> session.update(INSERT, "acme")))
                .isInstanceOf(StoreUnavailableException.class);
        assertThat(names()).isEmpty();
    }

    @Test
    void readShouldSeeOneSnapshot() {
        List<Integer> counts = database.read("read", session -> {
            int before = count(session);
            database.write("write", other -> other.update(INSERT, "acme"));
            return List.of(before, count(session));
        });

        assertThat(counts).containsExactly(0, 0);
        assertThat(names()).containsExactly("acme");
    }

    @Test
    void readShouldGiveUpWhenAllConnectionsAreTaken() throws Exception {
        CountDownLatch taken = new CountDownLatch(2);
        CountDownLatch done = new CountDownLatch(1);
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try {
            Runnable reader = () -> database.read("hold", session -> {
                taken.countDown();
                await(done);
                return Optional.empty();
            });
            Future<?> one = executor.submit(reader);
            Future<?> two = executor.submit(reader);
            taken.await();

            assertThatThrownBy(this::names)
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasRootCauseMessage("no connection was free within 200 ms");

            done.countDown();
            one.get();
            two.get();
            assertThat(names()).isEmpty();
        } finally {
            done.countDown();
            executor.shutdownNow();
        }
    }

    @Test
    void writeShouldGiveUpWhileAnotherProcessHoldsTheLockAndGoOnAfterwards() throws Exception {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            assertThatThrownBy(() -> database.write("write", session -> session.update(INSERT, "acme")))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("write");
            statement.execute("ROLLBACK");
        }

        database.write("write", session -> session.update(INSERT, "acme"));
        assertThat(names()).containsExactly("acme");
    }

    @Test
    void callsAfterCloseShouldSayThatTheStoreIsUnavailable() {
        database.close();
        database.close();

        assertThatThrownBy(this::names)
                .isInstanceOf(StoreUnavailableException.class)
                .hasRootCauseMessage("the store is closed");
        assertThatThrownBy(() -> database.write("write", session -> session.update(INSERT, "acme")))
                .isInstanceOf(StoreUnavailableException.class)
                .hasRootCauseMessage("the store is closed");
    }

    @Test
    void theFileShouldBeReadableByItsOwnerOnly() throws IOException {
        database.write("write", session -> session.update(INSERT, "acme"));

        for (String name : List.of("postrider.db", "postrider.db-wal", "postrider.db-shm")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name))))
                    .as(name)
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void openShouldFailForAFileThatIsNoDatabase() throws IOException {
        Path other = folder.resolve("letter.txt");
        Files.writeString(other, "Dear Sir or Madam, ".repeat(500), StandardCharsets.UTF_8);

        assertThatThrownBy(() -> Database.open(other, Settings.DEFAULT))
                .isInstanceOf(StoreUnavailableException.class)
                .hasStackTraceContaining("not a database");
    }

    @Test
    void settingsShouldSayWhatTheyExpect() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(0, Duration.ofSeconds(1), 1024, 1000))
                .withMessage("readers: 0 (expected: 1 to 64)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(1, Duration.ZERO, 1024, 1000))
                .withMessageContaining("timeout: PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(1, Duration.ofSeconds(1), 0, 1000))
                .withMessageContaining("writerCacheKib: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(1, Duration.ofSeconds(1), 1024, 1))
                .withMessageContaining("checkpointPages: 1");
    }

    private Path file() {
        return folder.resolve("postrider.db");
    }

    private List<String> names() {
        return database.read(
                "read names",
                session -> session.query("SELECT name FROM tenants ORDER BY name", row -> row.getString(1)));
    }

    private static int count(Session session) throws SQLException {
        return session.queryFirst("SELECT COUNT(*) FROM tenants", row -> row.getInt(1))
                .orElseThrow();
    }

    private static List<String> readPragmas(Session session) throws SQLException {
        return List.of(
                pragma(session, "journal_mode"), pragma(session, "synchronous"), pragma(session, "busy_timeout"));
    }

    private static String pragmas(List<String> values) {
        return String.join(" ", values);
    }

    private static String pragma(Session session, String name) throws SQLException {
        return session.queryFirst("PRAGMA " + name, row -> row.getString(1)).orElseThrow();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
