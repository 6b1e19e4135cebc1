package io.postrider.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.it.Killer.Kill;
import io.postrider.testkit.dns.ScriptedDnsServer;
import io.postrider.testkit.smtp.SmtpSink;
import io.postrider.testkit.smtp.SmtpSink.Taken;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the server while it works. System properties: {@code crash.mails}, {@code crash.connections}, {@code crash.kills}, {@code crash.seed}; see {@code
 * docs/operate/crash-test.md}.
 */
class CrashTest {
    private static final int MAILS = Integer.getInteger("crash.mails", 600);
    private static final int CONNECTIONS = Integer.getInteger("crash.connections", 8);
    private static final int KILLS = Integer.getInteger("crash.kills", 3);
    private static final long SEED = Long.getLong("crash.seed", new Random().nextInt(1_000_000));
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Set<String> FINAL = Set.of("delivered", "bounced", "suppressed", "expired", "cancelled");

    @TempDir
    Path directory;

    @Test
    void everyMailThatGotIts250ShouldBeDeliveredWhenTheProcessIsKilled() throws IOException {
        try (SmtpSink sink = SmtpSink.takingAll()) {
            crash("all taken by a relay", sink, SEED, Map.of(), admin -> {
                assertThat(admin.put("/relays/sink", relayTo(sink)).status()).isEqualTo(201);
                return "relay:sink";
            });

            assertThat(sink.refusals()).isZero();
        }
    }

    @Test
    void everyMailThatGotIts250ShouldBeDeliveredWhenAThirdIsPutOffByMailExchangersAndTheProcessIsKilled()
            throws IOException {
        try (SmtpSink sink = SmtpSink.puttingOff(33, 1);
                ScriptedDnsServer zone = ScriptedDnsServer.serving(
                        "sink.example. 60 IN MX 10 mx.sink.example.",
                        "mx.sink.example. 60 IN A 127.0.0.1",
                        "other.example. 60 IN A 127.0.0.1")) {
            Map<String, String> direct = Map.of(
                    "POSTRIDER_DNS_SERVERS",
                    "127.0.0.1:" + zone.port(),
                    "POSTRIDER_DELIVERY_DIRECT_PORT",
                    Integer.toString(sink.port()),
                    "POSTRIDER_DELIVERY_DIRECT_ALLOW_LOOPBACK",
                    "true");
            crash("451 to a third by mail exchangers", sink, SEED + 1, direct, admin -> "direct");

            assertThat(sink.refusals()).isPositive();
        }
    }

    private void crash(
            String variant, SmtpSink sink, long seed, Map<String, String> settings, Function<AdminClient, String> way)
            throws IOException {
        System.out.println("CrashTest, " + variant + ": moments of -Dcrash.seed=" + SEED);
        Instant begun = Instant.now();
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("POSTRIDER_RETRY_SCHEDULE", "2s");
        environment.put("POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "127.0.0.0/8=default");
        try (ServerProcess server = ServerProcess.start(directory.resolve("home"), environment)) {
            AdminClient admin = server.admin();
            assertThat(admin.put("/routes/default", "{\"via\":[\"" + way.apply(admin) + "\"]}")
                            .status())
                    .isEqualTo(200);
            try (LoadGenerator load = LoadGenerator.start(server, MAILS, CONNECTIONS)) {
                List<Kill> kills = new Killer(server, new Random(seed))
                        .kill(
                                KILLS,
                                () -> load.acceptedCount()
                                        + Math.min(MAILS, sink.taken().size()),
                                2 * MAILS);
                await("all mails taken").atMost(PATIENCE).until(load::isOver);
                awaitQuiet(server, load.accepted().keySet());
                Outcome outcome = new Outcome(load.accepted(), traces(admin), sink.taken(), kills);
                System.out.println("CrashTest, " + variant + ": " + MAILS + " mails from " + CONNECTIONS
                        + " connections, " + kills.size() + " kills; " + load.acceptedCount() + " got their 250, "
                        + load.refused() + " times told to come later, " + load.unknown()
                        + " connections lost in a transaction; sink: " + sink.refusals() + " times 451; "
                        + outcome.counts() + "; "
                        + Duration.between(begun, Instant.now()).toSeconds() + " s");
                outcome.check();
            }
        }
    }

    private static void awaitQuiet(ServerProcess server, Set<String> accepted) {
        AdminClient admin = server.admin();
        try {
            await("no message open")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> admin.json("/messages?state=open&limit=1")
                            .get("items")
                            .isEmpty());
        } finally {
            List<JsonNode> open = admin.all("/messages?state=open");
            if (!open.isEmpty()) {
                System.out.println(open.size() + " messages are still open, such as "
                        + admin.get("/messages/" + open.get(0).get("id").asText())
                                .body());
                System.out.println(server.logTail());
            }
        }
        assertThat(accepted).isNotEmpty();
    }

    private static List<JsonNode> traces(AdminClient admin) {
        return admin.all("/messages").stream()
                .map(message -> admin.json("/messages/" + message.get("id").asText()))
                .toList();
    }

    private static String relayTo(SmtpSink sink) {
        return "{\"host\":\"127.0.0.1\",\"port\":" + sink.port() + ",\"tls\":{\"mode\":\"none\"}}";
    }

    /** What became of the mails, as the apps, the message log and the sink say. */
    private static final class Outcome {
        /** How long an outcome may be known before it is on disk. */
        private static final Duration UNRECORDED = Duration.ofSeconds(1);

        private final Map<String, List<String>> accepted;
        private final List<JsonNode> traces;
        private final Map<String, List<Taken>> copies;
        private final List<Kill> kills;
        private final Set<String> known;

        Outcome(Map<String, List<String>> accepted, List<JsonNode> traces, List<Taken> taken, List<Kill> kills) {
            this.accepted = accepted;
            this.traces = traces;
            this.copies = taken.stream()
                    .sorted(Comparator.comparing(Taken::at))
                    .collect(Collectors.groupingBy(copy -> key(copy.id(), copy.recipient())));
            this.kills = kills;
            this.known = traces.stream().map(trace -> trace.get("id").asText()).collect(Collectors.toSet());
        }

        String counts() {
            long deliveries = traces.stream()
                    .mapToLong(trace -> trace.get("deliveries").size())
                    .sum();
            long taken = copies.values().stream().mapToLong(List::size).sum();
            return "message log: " + traces.size() + " messages ("
                    + (known.size() - accepted.size()) + " whose 250 was lost), " + deliveries
                    + " deliveries; sink: " + taken + " copies of " + copies.size() + " deliveries, "
                    + (taken - copies.size()) + " second copies";
        }

        void check() {
            assertThat(known).as("accepted mails are in the message log").containsAll(accepted.keySet());
            assertThat(lost())
                    .as("mails that got their 250 and were not delivered")
                    .isEmpty();
            assertThat(withoutOneFinalState())
                    .as("deliveries without exactly one final state")
                    .isEmpty();
            assertThat(unknownToTheLog())
                    .as("mails at the sink that the log does not say are delivered")
                    .isEmpty();
            assertThat(unexplainedCopies())
                    .as("second copies that no kill explains")
                    .isEmpty();
        }

        private List<String> lost() {
            return accepted.entrySet().stream()
                    .flatMap(mail -> mail.getValue().stream().map(recipient -> key(mail.getKey(), recipient)))
                    .filter(delivery -> !copies.containsKey(delivery))
                    .toList();
        }

        private List<String> withoutOneFinalState() {
            List<String> wrong = new ArrayList<>();
            for (JsonNode trace : traces) {
                for (JsonNode delivery : trace.get("deliveries")) {
                    String recipient = delivery.get("recipient").asText();
                    List<String> finals = StreamSupport.stream(
                                    trace.get("events").spliterator(), false)
                            .filter(event ->
                                    recipient.equals(event.get("recipient").asText()))
                            .map(event -> event.get("type").asText())
                            .filter(FINAL::contains)
                            .toList();
                    String state = delivery.get("state").asText();
                    if (!state.equals("delivered") || !finals.equals(List.of("delivered"))) {
                        wrong.add(key(trace.get("id").asText(), recipient) + " is " + state + ", events " + finals);
                    }
                }
            }
            return wrong;
        }

        private List<String> unknownToTheLog() {
            return copies.values().stream()
                    .map(list -> list.get(0))
                    .filter(copy -> !known.contains(copy.id()))
                    .map(Taken::toString)
                    .toList();
        }

        /** A second copy is right only when the process died within a second of the 250 for the one before. */
        private List<String> unexplainedCopies() {
            return copies.values().stream()
                    .flatMap(list -> IntStream.range(1, list.size())
                            .filter(i -> kills.stream().noneMatch(kill -> explains(kill, list.get(i - 1), list.get(i))))
                            .mapToObj(i -> list.get(i - 1) + " and " + list.get(i)))
                    .toList();
        }

        private static boolean explains(Kill kill, Taken first, Taken second) {
            // What the sink read before the end of the connection, it may answer a little after the death.
            return first.at().isAfter(kill.at().minus(UNRECORDED))
                    && first.at().isBefore(kill.over().plus(UNRECORDED))
                    && second.at().isAfter(kill.at());
        }

        private static String key(String id, String recipient) {
            return id + " to " + recipient;
        }
    }
}
