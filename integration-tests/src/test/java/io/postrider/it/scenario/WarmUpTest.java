package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.it.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start passes for exercise, and what is seen of it afterwards: nothing. */
class WarmUpTest {
    @TempDir
    Path directory;

    @Test
    void mailsForExerciseShouldLeaveNoTrace() {
        Path home = directory.resolve("home");
        try (ServerProcess process = ServerProcess.start(home, Map.of("POSTRIDER_WARM_UP", "1m"))) {
            Node node = new Node(process);

            assertThat(home.resolve("logs/postrider.log")).content().contains(" 400 mails for exercise in ");
            assertThat(home.resolve("run/warm-up")).doesNotExist();
            assertThat(node.admin().get("/messages").orFail().json().get("items"))
                    .as("message log")
                    .isEmpty();
            assertThat(node.admin().get("/simulator/messages").orFail().json().get("items"))
                    .as("simulator")
                    .isEmpty();
            for (JsonNode queue : node.admin().get("/queues").orFail().json().get("items")) {
                assertThat(queue.get("size").asLong()).as(queue.toString()).isZero();
            }
            assertThat(mailsTaken(node)).isZero();
            String id = node.submit(node.account(), "bob@there.example");
            node.awaitDelivery(id, "bob@there.example", "delivered", 1);
            assertThat(mailsTaken(node)).isOne();
        }
    }

    /** As a metric has it. */
    private static double mailsTaken(Node node) {
        return node.admin()
                .get("/metrics")
                .orFail()
                .text()
                .lines()
                .filter(line -> line.matches("enqueuedMail:spool(_total)? .*"))
                .mapToDouble(line -> Double.parseDouble(line.split(" ")[1]))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aFaultOfTheExerciseShouldNotStopTheStart() throws IOException {
        Path home = directory.resolve("home");
        Files.createDirectories(home.resolve("run"));
        // What cannot be deleted, and is in the way: it belongs to the exercise of a start that was killed.
        Files.createSymbolicLink(home.resolve("run/warm-up"), directory.resolve("nowhere"));
        try (ServerProcess process = ServerProcess.start(home, Map.of("POSTRIDER_WARM_UP", "1m"))) {
            Node node = new Node(process);

            assertThat(home.resolve("logs/postrider.log")).content().contains("the warm-up has failed");
            String id = node.submit(node.account(), "bob@there.example");
            node.awaitDelivery(id, "bob@there.example", "delivered", 1);
        }
    }
}
