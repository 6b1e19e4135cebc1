package io.postrider.trace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.MessageId;
import io.postrider.store.sql.SqlStore;
import io.postrider.testkit.AesSecretBox;
import io.postrider.trace.EventType;
import io.postrider.trace.MessageQuery;
import io.postrider.trace.MessageSummary;
import io.postrider.trace.MessageTrace;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was acknowledged is there after the process was killed in the middle of its writing, and nothing is there by half. */
@Timeout(120)
class KilledProcessTest {
    private static final int ROUNDS = 2;
    private static final int BATCHES = 60;

    @TempDir
    Path folder;

    @Test
    void acknowledgedChangesShouldBeThereAfterAKill() throws Exception {
        List<MessageId> acknowledged = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            acknowledged.addAll(appendAndKill());
            assertThat(integrity()).isEqualTo("ok");

            try (SqlStore store = SqlStore.open(file(), AesSecretBox.withNewKey())) {
                assertThat(acknowledged).hasSizeGreaterThanOrEqualTo((round + 1) * BATCHES);
                for (MessageId id : acknowledged) {
                    assertWhole(store.messageLog().find(id).orElseThrow());
                }
                assertThat(newest(store))
                        .allSatisfy(message -> assertWhole(
                                store.messageLog().find(message.id()).orElseThrow()));
            }
        }
    }

    @Test
    void theLibraryThatAKilledProcessLeavesShouldBeSweptByTheNext() throws Exception {
        appendAndKill();
        List<Path> left = libraries();
        appendAndKill();

        assertThat(left).isNotEmpty();
        assertThat(libraries()).hasSameSizeAs(left).doesNotContainAnyElementsOf(left);
    }

    private List<MessageId> appendAndKill() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AppendUntilKilled.class.getName(),
                        file().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<MessageId> acknowledged = new ArrayList<>();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (int batch = 0; batch < BATCHES; batch++) {
                String line = lines.readLine();
                assertThat(line).as("the process goes on").isNotNull();
                Stream.of(line.split(" ")).map(MessageId::new).forEach(acknowledged::add);
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        return acknowledged;
    }

    private String integrity() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA integrity_check")) {
            result.next();
            return result.getString(1);
        }
    }

    private List<Path> libraries() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("native"))) {
            return files.filter(file -> file.toString().endsWith(".so")).toList();
        }
    }

    private Path file() {
        return folder.resolve("postrider.db");
    }

    private static List<MessageSummary> newest(SqlStore store) {
        return store.messageLog()
                .search(new MessageQuery(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        1000,
                        Optional.empty()))
                .items();
    }

    private static void assertWhole(MessageTrace trace) {
        assertThat(trace.message().state()).isEqualTo("delivered");
        assertThat(trace.deliveries())
                .hasSize(2)
                .allSatisfy(delivery -> assertThat(delivery.attempts()).hasSize(1));
        assertThat(trace.events())
                .extracting(MessageTrace.Event::type)
                .containsExactly(
                        EventType.ACCEPTED,
                        EventType.QUEUED,
                        EventType.QUEUED,
                        EventType.DELIVERED,
                        EventType.DELIVERED);
    }
}
