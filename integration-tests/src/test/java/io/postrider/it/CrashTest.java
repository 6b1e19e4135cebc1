package io.postrider.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.it.Life.Delivery;
import io.postrider.it.LoadGenerator.Traffic;
import io.postrider.testkit.dns.ScriptedDnsServer;
import io.postrider.testkit.smtp.SmtpSink;
import io.postrider.testkit.smtp.SmtpSink.Taken;
import io.postrider.testkit.smtp.Weather;
import io.postrider.testkit.smtp.Weather.Fate;
import io.postrider.trace.DeliveryRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the server again and again while it works, at random moments and at the {@linkplain DeathStage stages} of a mail's life, in mixed weather. System properties:
 * {@code crash.rounds}, {@code crash.stages}, {@code crash.seed}; see {@code docs/operate/crash-test.md}.
 */
class CrashTest {
    /** Of those that are not at a stage, for each time that all stages had their turn. */
    private static final int RANDOM_DEATHS = 3;

    private static final List<DeathStage> STAGES = stages(System.getProperty("crash.stages", ""));
    private static final int ROUNDS = Integer.getInteger("crash.rounds", STAGES.size() + RANDOM_DEATHS);
    private static final long SEED = Long.getLong("crash.seed", new Random().nextInt(1_000_000));
    /** After so many rounds everything comes to its end, and is checked. */
    private static final int ROUNDS_BETWEEN_CHECKS = 25;

    private static final int CONNECTIONS = 6;
    private static final Duration PAUSE = Duration.ofMillis(25);
    private static final Duration SLOWNESS = Duration.ofMillis(700);
    private static final Duration LONG_SLOWNESS = Duration.ofSeconds(5);
    private static final int MOST_MILLIS_OF_LIFE = 3000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration PATIENCE_WITH_STAGE = Duration.ofMinutes(2);
    /** 128 and the number of the signal. */
    private static final int KILLED = 137;

    private static final Set<String> FINAL = Set.of("delivered", "bounced", "suppressed", "expired", "cancelled");

    private final Random random = new Random(SEED);
    private final Weather weather = Weather.mixed(SEED, SLOWNESS);
    private final List<Life> lives = new ArrayList<>();
    private final Set<String> settled = new HashSet<>();
    private int secondCopies;
    private int deliveries;
    private int lostReplies;

    @TempDir
    Path directory;

    @Test
    void everyMailThatGotIts250ShouldHaveOneFinalStateWhereverTheProcessDies() throws IOException {
        System.out.println("CrashTest: " + ROUNDS + " rounds by -Dcrash.seed=" + SEED);
        Instant begun = Instant.now();
        try (SmtpSink relay = SmtpSink.in(weather);
                SmtpSink exchanger = SmtpSink.in(weather);
                ScriptedDnsServer zone = ScriptedDnsServer.serving(
                        "one.example. 60 IN MX 10 mx.one.example.",
                        "mx.one.example. 60 IN A 127.0.0.1",
                        "two.example. 60 IN A 127.0.0.1");
                ServerProcess server = ServerProcess.start(directory.resolve("home"), environment(zone, exchanger))) {
            AdminClient admin = server.admin();
            put(
                    admin,
                    "/relays/sink",
                    "{\"host\":\"127.0.0.1\",\"port\":" + relay.port() + ",\"tls\":{\"mode\":\"none\"}}");
            put(
                    admin,
                    "/routes/by-relay",
                    "{\"position\":10,\"when\":{\"recipientDomain\":\"relay.example\"},\"via\":[\"relay:sink\"]}");
            put(admin, "/routes/default", "{\"via\":[\"direct\"]}");
            server.stop();
            List<SmtpSink> sinks = List.of(relay, exchanger);
            List<Optional<DeathStage>> plan = plan();
            for (int round = 0; round < plan.size(); round += ROUNDS_BETWEEN_CHECKS) {
                int end = Math.min(plan.size(), round + ROUNDS_BETWEEN_CHECKS);
                live(server, "r" + round + "-", plan.subList(round, end), sinks);
            }
        }
        System.out.println("CrashTest: " + lives.size() + " deaths (" + deaths() + "); " + settled.size()
                + " messages, " + lostReplies + " of them with a 250 that was lost, " + deliveries
                + " deliveries, 0 lost, "
                + secondCopies + " second copies, each sent before its record; "
                + Duration.between(begun, Instant.now()).toSeconds() + " s");
    }

    private String deaths() {
        return lives.stream()
                .collect(Collectors.groupingBy(Life::death, TreeMap::new, Collectors.counting()))
                .toString();
    }

    private static Map<String, String> environment(ScriptedDnsServer zone, SmtpSink exchanger) {
        return Map.of(
                "POSTRIDER_RETRY_SCHEDULE", "2s",
                "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "127.0.0.0/8=default",
                "POSTRIDER_DNS_SERVERS", "127.0.0.1:" + zone.port(),
                "POSTRIDER_DELIVERY_DIRECT_PORT", Integer.toString(exchanger.port()),
                "POSTRIDER_DELIVERY_DIRECT_ALLOW_LOOPBACK", "true",
                "POSTRIDER_DELIVERY_MAX_PAUSE", "0s",
                "POSTRIDER_DELIVERY_POSTPONE_DELAY", "1s",
                // So that there is something to clean up within seconds.
                "POSTRIDER_QUEUE_JOURNAL_FILE_SIZE", "1MiB",
                "POSTRIDER_QUEUE_CLEANUP_INTERVAL", "1s");
    }

    /** @param names of stages, with commas between them; all of them without one */
    private static List<DeathStage> stages(String names) {
        return names.isEmpty()
                ? List.of(DeathStage.values())
                : Arrays.stream(names.split(",")).map(DeathStage::valueOf).toList();
    }

    /** All stages and some random moments, in an order of their own each time. */
    private List<Optional<DeathStage>> plan() {
        List<Optional<DeathStage>> plan = new ArrayList<>();
        while (plan.size() < ROUNDS) {
            List<Optional<DeathStage>> turn =
                    new ArrayList<>(STAGES.stream().map(Optional::of).toList());
            turn.addAll(Collections.nCopies(RANDOM_DEATHS, Optional.empty()));
            Collections.shuffle(turn, random);
            plan.addAll(turn);
        }
        return plan.subList(0, ROUNDS);
    }

    /** So many lives under load, and one without load or death, at whose end everything is checked. */
    private void live(ServerProcess server, String name, List<Optional<DeathStage>> plan, List<SmtpSink> sinks)
            throws IOException {
        Traffic traffic = new Traffic(
                name, Integer.MAX_VALUE, CONNECTIONS, PAUSE, List.of("relay.example", "one.example", "two.example"));
        try (LoadGenerator load = LoadGenerator.start(server, traffic)) {
            for (Optional<DeathStage> stage : plan) {
                Instant begun = Instant.now();
                String death = liveUntilDeath(server, stage);
                Instant over = Instant.now();
                Life life = new Life(death, begun, over, recorded(server, begun, load, sinks));
                lives.add(life);
                System.out.println("CrashTest: died " + death + " after "
                        + Duration.between(begun, over).toMillis() + " ms; " + load.acceptedCount()
                        + " mails accepted of this load, at the sinks " + counts(sinks));
                assertThat(life.deliveredWithout(taken(sinks)))
                        .as("recorded as delivered, and not taken")
                        .isEmpty();
                assertThat(life.withoutEntry(server.home()))
                        .as("open, and in no journal")
                        .isEmpty();
            }
            server.start();
            load.finish();
            await("the last mails accepted").atMost(PATIENCE).until(load::isOver);
            awaitQuiet(server);
            check(server.admin(), load.accepted(), taken(sinks));
            server.stop();
        }
    }

    private String liveUntilDeath(ServerProcess server, Optional<DeathStage> stage) {
        if (stage.isEmpty()) {
            server.launch();
            // The start takes some seconds: some of these deaths come within it.
            if (random.nextInt(3) > 0) {
                server.awaitHealth();
            }
            assertThat(server.awaitExit(Duration.ofMillis(random.nextInt(MOST_MILLIS_OF_LIFE))))
                    .as("it ended by itself: " + server.logTail())
                    .isEmpty();
            server.kill();
            return "at a random moment";
        }
        // The broker compacts its acknowledgements only while mails are open for so long that their files cannot go.
        weather.slowTo(stage.get() == DeathStage.IN_COMPACTION_OF_JOURNAL ? LONG_SLOWNESS : SLOWNESS);
        Path report = directory.resolve("death");
        server.launch(stage.get().option(directory, random, report));
        OptionalInt code = server.awaitExit(PATIENCE_WITH_STAGE);
        assertThat(code)
                .as(stage.get() + " was never reached: " + server.logTail())
                .isPresent();
        assertThat(code.getAsInt()).as(stage.get() + ": " + server.logTail()).isEqualTo(KILLED);
        assertThat(report).as("what died at " + stage.get()).exists();
        delete(report);
        return stage.get().name();
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the disk says of what may still matter. */
    private Map<Delivery, DeliveryRow> recorded(
            ServerProcess server, Instant begun, LoadGenerator load, List<SmtpSink> sinks) {
        Set<String> messages = new HashSet<>(load.accepted().keySet());
        taken(sinks).stream()
                .filter(taken -> taken.at().isAfter(begun))
                .map(Taken::id)
                .forEach(messages::add);
        messages.removeAll(settled);
        return Life.read(server.home(), directory.resolve("copy"), messages);
    }

    private static List<Taken> taken(List<SmtpSink> sinks) {
        return sinks.stream().flatMap(sink -> sink.taken().stream()).toList();
    }

    private static String counts(List<SmtpSink> sinks) {
        Map<Fate, Integer> sum = new EnumMap<>(Fate.class);
        sinks.forEach(sink -> sink.counts().forEach((fate, count) -> sum.merge(fate, count, Integer::sum)));
        return sum.toString();
    }

    private static void awaitQuiet(ServerProcess server) {
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
    }

    /** Compares what the apps were told, what the sinks took, and what the message log says. */
    private void check(AdminClient admin, Map<String, List<String>> accepted, List<Taken> taken) {
        List<JsonNode> traces = admin.all("/messages").stream()
                .map(message -> message.get("id").asText())
                .filter(id -> !settled.contains(id))
                .map(id -> admin.json("/messages/" + id))
                .toList();
        Set<String> known =
                traces.stream().map(trace -> trace.get("id").asText()).collect(Collectors.toSet());
        Map<Delivery, List<Taken>> copies = taken.stream()
                .filter(copy -> !settled.contains(copy.id()))
                .sorted(Comparator.comparing(Taken::at))
                .collect(Collectors.groupingBy(Delivery::of));

        assertThat(accepted).isNotEmpty();
        assertThat(known).as("accepted mails are in the message log").containsAll(accepted.keySet());
        assertThat(copies.keySet().stream().filter(delivery -> !known.contains(delivery.id())))
                .as("mails at the sinks that the message log does not know")
                .isEmpty();
        assertThat(wrongDeliveries(traces, copies.keySet()))
                .as("deliveries with another end than was due")
                .isEmpty();
        assertThat(missingRecipients(traces, accepted))
                .as("recipients that the message log does not know")
                .isEmpty();
        assertThat(unexplainedCopies(copies))
                .as("second copies that no death explains")
                .isEmpty();

        settled.addAll(known);
        lostReplies += known.size() - accepted.size();
        deliveries += traces.stream()
                .mapToInt(trace -> trace.get("deliveries").size())
                .sum();
        secondCopies += copies.values().stream().mapToInt(List::size).sum() - copies.size();
    }

    private List<String> wrongDeliveries(List<JsonNode> traces, Set<Delivery> taken) {
        List<String> wrong = new ArrayList<>();
        for (JsonNode trace : traces) {
            String id = trace.get("id").asText();
            for (JsonNode node : trace.get("deliveries")) {
                String recipient = node.get("recipient").asText();
                Fate fate = weather.of(recipient);
                String due = fate.isRefusal() ? "bounced" : "delivered";
                String state = node.get("state").asText();
                List<String> finals = finals(trace, recipient);
                boolean isTaken = taken.contains(new Delivery(id, recipient));
                if (!state.equals(due) || !finals.equals(List.of(due)) || isTaken == fate.isRefusal()) {
                    wrong.add(id + " to " + recipient + " (" + fate + ") is " + state + ", events " + finals
                            + ", taken: " + isTaken);
                }
            }
        }
        return wrong;
    }

    private static List<String> finals(JsonNode trace, String recipient) {
        return StreamSupport.stream(trace.get("events").spliterator(), false)
                .filter(event -> recipient.equals(event.get("recipient").asText()))
                .map(event -> event.get("type").asText())
                .filter(FINAL::contains)
                .toList();
    }

    private static List<String> missingRecipients(List<JsonNode> traces, Map<String, List<String>> accepted) {
        Set<Delivery> known = traces.stream()
                .flatMap(trace -> StreamSupport.stream(trace.get("deliveries").spliterator(), false)
                        .map(node -> new Delivery(
                                trace.get("id").asText(), node.get("recipient").asText())))
                .collect(Collectors.toSet());
        return accepted.entrySet().stream()
                .flatMap(mail -> mail.getValue().stream().map(recipient -> new Delivery(mail.getKey(), recipient)))
                .filter(delivery -> !known.contains(delivery))
                .map(Delivery::toString)
                .toList();
    }

    private List<String> unexplainedCopies(Map<Delivery, List<Taken>> copies) {
        return copies.values().stream()
                .flatMap(list -> IntStream.range(1, list.size())
                        .filter(i -> lives.stream().noneMatch(life -> life.explains(list.get(i - 1), list.get(i))))
                        .mapToObj(i -> list.get(i - 1) + " and " + list.get(i)))
                .toList();
    }

    private static void put(AdminClient admin, String path, String json) {
        assertThat(admin.put(path, json).status()).as(path).isBetween(200, 204);
    }
}
