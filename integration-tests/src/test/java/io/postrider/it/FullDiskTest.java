package io.postrider.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.it.LoadGenerator.Traffic;
import io.postrider.testkit.smtp.SmtpSink;
import io.postrider.testkit.smtp.Weather;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Takes the last byte of a disk under load, and gives it back. Where no small disk can be mounted, it is skipped. */
class FullDiskTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Traffic TRAFFIC =
            new Traffic("m", Integer.MAX_VALUE, 4, Duration.ofMillis(20), List.of("sink.example"));
    /** So many mails, or refusals, show that it goes on. */
    private static final int SOME = 100;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"queue", "db"})
    void aFullDiskShouldBeA452AndNothingShouldBeLostAndItShouldGoOnByItselfWhenThereIsRoom(String folder)
            throws IOException {
        Path home = directory.resolve("home");
        Map<String, String> environment = Map.of(
                "POSTRIDER_RETRY_SCHEDULE", "2s",
                "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "127.0.0.0/8=default",
                "POSTRIDER_QUEUE_JOURNAL_FILE_SIZE", "1MiB",
                "POSTRIDER_QUEUE_CLEANUP_INTERVAL", "1s",
                // The write itself is to fail, not the look before it.
                "POSTRIDER_STORE_MIN_FREE_DISK", "0");
        try (SmallDisk disk = smallDisk(home.resolve(folder));
                SmtpSink sink = SmtpSink.in(Weather.mixed(1, Duration.ofMillis(200)));
                ServerProcess server = ServerProcess.start(home, environment, disk.command())) {
            AdminClient admin = server.admin();
            put(
                    admin,
                    "/relays/sink",
                    "{\"host\":\"127.0.0.1\",\"port\":" + sink.port() + ",\"tls\":{\"mode\":\"none\"}}");
            put(admin, "/routes/default", "{\"via\":[\"relay:sink\"]}");
            try (LoadGenerator load = LoadGenerator.start(server, TRAFFIC)) {
                awaitAccepted(load, SOME);
                int refused = load.refused();
                await("mail is refused")
                        .atMost(PATIENCE)
                        // What is freed meanwhile is taken as well.
                        .until(() -> {
                            disk.fill();
                            return load.refused() > refused + SOME;
                        });
                assertThat(load.lastRefusal().code()).isEqualTo(452);
                assertThat(load.lastRefusal().text()).startsWith("4.3.");
                System.out.println("FullDiskTest, " + folder + ": " + load.lastRefusal());
                disk.makeRoom();
                awaitAccepted(load, load.acceptedCount() + SOME);

                server.kill();
                server.start();
                awaitAccepted(load, load.acceptedCount() + SOME);
                load.finish();
                await("the last mails accepted").atMost(PATIENCE).until(load::isOver);
                awaitQuiet(server);
                check(admin, load, sink);
            }
        }
    }

    @Test
    void aDiskThatIsNearlyFullShouldBeA452AtMailUntilThereIsRoom() throws IOException {
        Path home = directory.resolve("home");
        Map<String, String> environment = Map.of(
                "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "127.0.0.0/8=default",
                "POSTRIDER_QUEUE_JOURNAL_FILE_SIZE", "1MiB",
                "POSTRIDER_STORE_MIN_FREE_DISK", "8MiB");
        try (SmallDisk disk = smallDisk(home.resolve("queue"));
                ServerProcess server = ServerProcess.start(home, environment, disk.command())) {
            assertThat(answerToMail(server)).startsWith("250 ");
            disk.fill();
            await("the next look")
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(answerToMail(server))
                            .startsWith("452 4.3.1 ")
                            .contains("store.minFreeDisk"));
            disk.makeRoom();
            await("the look after that")
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(answerToMail(server)).startsWith("250 "));
        }
    }

    private static SmallDisk smallDisk(Path folder) {
        Optional<SmallDisk> mounted = SmallDisk.over(folder, "48m");
        assumeThat(mounted)
                .as("a small disk (needs Linux, unshare, nsenter, and root or user namespaces)")
                .isPresent();
        return mounted.orElseThrow();
    }

    private static String answerToMail(ServerProcess server) throws IOException {
        try (SmtpClient client = SmtpClient.connect(server.submission())) {
            return client.command("MAIL FROM:<app@postrider.example>").toString();
        }
    }

    private static void awaitAccepted(LoadGenerator load, int count) {
        await(count + " mails accepted").atMost(PATIENCE).until(() -> {
            assertThat(load.isOver()).isFalse();
            return load.acceptedCount() >= count;
        });
    }

    private static void awaitQuiet(ServerProcess server) {
        AdminClient admin = server.admin();
        await("no message open")
                .atMost(PATIENCE)
                .until(() ->
                        admin.json("/messages?state=open&limit=1").get("items").isEmpty());
    }

    private static void check(AdminClient admin, LoadGenerator load, SmtpSink sink) {
        Map<String, JsonNode> messages = admin.all("/messages").stream()
                .collect(Collectors.toMap(node -> node.get("id").asText(), node -> node));
        Set<String> taken = sink.taken().stream()
                .map(copy -> copy.id() + " " + copy.recipient())
                .collect(Collectors.toSet());
        Weather weather = Weather.mixed(1, Duration.ofMillis(200));
        List<String> lost = load.accepted().entrySet().stream()
                .flatMap(mail -> mail.getValue().stream()
                        .filter(recipient -> !weather.of(recipient).isRefusal())
                        .map(recipient -> mail.getKey() + " " + recipient))
                .filter(delivery -> !taken.contains(delivery))
                .toList();

        assertThat(messages.keySet()).containsAll(load.accepted().keySet());
        assertThat(lost).isEmpty();
        System.out.println("FullDiskTest: " + load.acceptedCount() + " accepted, " + load.refused() + " refusals, "
                + (sink.taken().size() - taken.size()) + " second copies");
    }

    private static void put(AdminClient admin, String path, String json) {
        assertThat(admin.put(path, json).status()).as(path).isBetween(200, 204);
    }
}
