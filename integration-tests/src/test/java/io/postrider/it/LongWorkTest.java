package io.postrider.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.it.LoadGenerator.Traffic;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.SmtpSink;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One mail whose next hop does not answer its final dot, while many others flow: the journal must not keep what they leave behind. System property: {@code
 * work.minutes}, which stands for how long the mail is held; without it, until so much has flowed that a journal that grows would show it.
 */
class LongWorkTest {
    private static final Duration MINUTES = Duration.ofMinutes(Long.getLong("work.minutes", 0));
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int MIB = 1 << 20;
    /** Each mail is of 75 KB: some 140 MiB. */
    private static final int TURNOVER = 2000;

    private static final int MOST_MIB = 24;

    @TempDir
    Path directory;

    @Test
    void theJournalShouldStayBoundedWhileOneMailIsInWorkForLong() throws IOException {
        CountDownLatch answer = new CountDownLatch(1);
        try (SmtpSink sink = SmtpSink.takingAll();
                ScriptedSmtpPeer silent = ScriptedSmtpPeer.playing(
                        PeerScript.thatTakesTheMessageOnlyAfter(answer, MINUTES.plus(PATIENCE.multipliedBy(3))));
                ServerProcess server = ServerProcess.start(
                        directory.resolve("home"),
                        Map.of(
                                "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "127.0.0.0/8=default",
                                "POSTRIDER_DELIVERY_DATA_END_TIMEOUT", "1h",
                                "POSTRIDER_QUEUE_JOURNAL_FILE_SIZE", "1MiB",
                                "POSTRIDER_QUEUE_CLEANUP_INTERVAL", "1s"))) {
            AdminClient admin = server.admin();
            put(admin, "/relays/sink", relayTo(sink.port()));
            put(admin, "/relays/silent", relayTo(silent.port()));
            put(admin, "/routes/default", "{\"via\":[\"relay:sink\"]}");
            put(
                    admin,
                    "/routes/silent",
                    "{\"position\":10,\"when\":{\"recipientDomain\":\"silent.example\"},\"via\":[\"relay:silent\"]}");
            long end = System.nanoTime() + MINUTES.toNanos();
            try (LoadGenerator held = LoadGenerator.start(server, traffic("held", 1, "silent.example"))) {
                await("the mail to the silent hop is accepted").atMost(PATIENCE).until(held::isOver);
                try (LoadGenerator load =
                        LoadGenerator.start(server, traffic("m", Integer.MAX_VALUE, "sink.example"))) {
                    long[] most = {0};
                    await("so much has flowed")
                            .atMost(PATIENCE.plus(MINUTES))
                            .pollInterval(Duration.ofMillis(200))
                            .until(() -> {
                                assertThat(load.isOver()).isFalse();
                                most[0] = Math.max(most[0], journal(server));
                                return sink.taken().size() >= TURNOVER && System.nanoTime() >= end;
                            });
                    await("the journal is small, under load, with the one mail in it")
                            .atMost(PATIENCE)
                            .until(() -> journal(server) <= (long) MOST_MIB * MIB);
                    System.out.println(
                            "LongWorkTest: " + load.acceptedCount() + " mails of 75 KB flowed; the journal had "
                                    + most[0] / MIB + " MiB at most, " + journal(server) / MIB + " MiB at the end");
                }
                String id = held.accepted().keySet().iterator().next();
                assertThat(admin.json("/messages/" + id).get("state").asText()).isEqualTo("open");
                answer.countDown();
                await("the mail is delivered")
                        .atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(admin.json("/messages/" + id)
                                        .get("state")
                                        .asText())
                                .isEqualTo("delivered"));
                assertThat(admin.json("/messages/" + id)
                                .get("deliveries")
                                .get(0)
                                .get("attempts"))
                        .as("it was held all the time")
                        .hasSize(1);
            }
        }
    }

    private static Traffic traffic(String name, int mails, String domain) {
        return new Traffic(name, mails, 4, Duration.ofMillis(5), List.of(domain), 1);
    }

    private static long journal(ServerProcess server) throws IOException {
        try (Stream<Path> files = Files.list(server.home().resolve("queue").resolve("turn"))) {
            return files.map(Path::toFile)
                    .filter(file -> file.getName().endsWith(".log"))
                    .mapToLong(File::length)
                    .sum();
        }
    }

    private static String relayTo(int port) {
        return "{\"host\":\"127.0.0.1\",\"port\":" + port + ",\"tls\":{\"mode\":\"none\"}}";
    }

    private static void put(AdminClient admin, String path, String json) {
        assertThat(admin.put(path, json).status()).as(path).isBetween(200, 204);
    }
}
