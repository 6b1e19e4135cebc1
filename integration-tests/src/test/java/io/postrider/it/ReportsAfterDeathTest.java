package io.postrider.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.it.Killer.Kill;
import io.postrider.mail.MessageId;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.SmtpSink;
import io.postrider.testkit.smtp.SmtpSink.Taken;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the server while failures are told: between the refusal, the report and the record of both. The system properties are those of {@link CrashTest}.
 */
class ReportsAfterDeathTest {
    private static final int MAILS = Integer.getInteger("crash.mails", 200);
    private static final int KILLS = Integer.getInteger("crash.kills", 3);
    private static final long SEED = Long.getLong("crash.seed", new Random().nextInt(1_000_000));
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** How long an outcome may be known before it is on disk. */
    private static final Duration UNRECORDED = Duration.ofSeconds(1);

    @TempDir
    Path directory;

    @Test
    void eachFailureShouldBeToldOnceWhenTheProcessIsKilled() throws IOException {
        System.out.println("ReportsAfterDeathTest: moments of -Dcrash.seed=" + SEED);
        Map<String, String> environment = Map.of(
                "POSTRIDER_RETRY_SCHEDULE", "2s",
                "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "127.0.0.0/8=default");
        PeerScript refusing =
                PeerScript.offering("PIPELINING").when("RCPT TO:<", Act.reply("550 5.1.1 no such mailbox"));
        try (SmtpSink mailbox = SmtpSink.takingAll();
                ScriptedSmtpPeer refuser = ScriptedSmtpPeer.playing(refusing);
                ServerProcess server = ServerProcess.start(directory.resolve("home"), environment)) {
            AdminClient admin = server.admin();
            put(admin, "/tenants/default", "{\"bounceReports\":\"failure\"}");
            put(admin, "/relays/mailbox", relayTo(mailbox.port()));
            put(admin, "/relays/refuser", relayTo(refuser.port()));
            put(
                    admin,
                    "/routes/senders",
                    "{\"position\":10,\"when\":{\"recipientDomain\":\""
                            + server.firstRun().senderDomain() + "\"},\"via\":[\"relay:mailbox\"]}");
            put(admin, "/routes/default", "{\"via\":[\"relay:refuser\"]}");
            try (LoadGenerator load = LoadGenerator.start(server, MAILS, 4)) {
                List<Kill> kills = new Killer(server, new Random(SEED))
                        .kill(
                                KILLS,
                                () -> load.acceptedCount()
                                        + Math.min(MAILS, mailbox.taken().size()),
                                2 * MAILS);
                await("all mails taken").atMost(PATIENCE).until(load::isOver);
                await("no message open")
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(500))
                        .until(() -> admin.json("/messages?state=open&limit=1")
                                .get("items")
                                .isEmpty());
                check(load.accepted(), mailbox.taken(), kills);
            }
        }
    }

    private static void check(Map<String, List<String>> accepted, List<Taken> taken, List<Kill> kills) {
        Map<String, List<Taken>> copies = taken.stream().collect(Collectors.groupingBy(Taken::id));
        List<String> untold = new ArrayList<>();
        int told = 0;
        int twice = 0;
        for (Map.Entry<String, List<String>> mail : accepted.entrySet()) {
            for (String recipient : mail.getValue()) {
                String report = new MessageId(mail.getKey())
                        .derived("FAILED " + recipient)
                        .value();
                List<Taken> reports = copies.getOrDefault(report, List.of());
                if (reports.isEmpty()) {
                    untold.add(mail.getKey() + " to " + recipient);
                } else {
                    told++;
                    twice += reports.size() - 1;
                    assertThat(reports.subList(0, reports.size() - 1))
                            .as("sent again, and no death came between the 250 and its record")
                            .allMatch(copy -> kills.stream().anyMatch(kill -> isBetween(copy, kill)));
                }
            }
        }
        System.out.println("ReportsAfterDeathTest: " + accepted.size() + " mails, " + told + " failures told, " + twice
                + " of them twice, " + kills.size() + " kills");
        assertThat(untold).isEmpty();
        assertThat(taken).allMatch(copy -> copy.reversePath().isEmpty());
    }

    private static boolean isBetween(Taken copy, Kill kill) {
        return !copy.at().isAfter(kill.over()) && !copy.at().isBefore(kill.at().minus(UNRECORDED));
    }

    private static void put(AdminClient admin, String path, String json) {
        assertThat(admin.put(path, json).status()).as(path).isBetween(200, 204);
    }

    private static String relayTo(int port) {
        return "{\"host\":\"127.0.0.1\",\"port\":" + port + ",\"tls\":{\"mode\":\"none\"}}";
    }
}
