package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.it.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an admin sees of the queue and does to it, by James's routes and by ours. */
class QueueAdministrationTest {
    private static final String MAILS = "/mailQueues/spool/mails";
    private static final int MANY = 5;

    @TempDir
    Path directory;

    @Test
    void whatWaitsForItsTimeShouldBeListedBroughtForwardRemovedAndCleared() throws IOException {
        try (ServerProcess process =
                ServerProcess.start(directory.resolve("home"), Map.of("POSTRIDER_RETRY_SCHEDULE", "1h"))) {
            Node node = new Node(process);
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                ids.add(node.submit(node.account(), Mails.simple(node.account().address(), "mail " + i), recipient(i)));
            }
            for (int i = 0; i < MANY; i++) {
                node.awaitDelivery(ids.get(i), recipient(i), "deferred", 1);
            }

            await().atMost(Node.PATIENCE).until(() -> queue(node).get("inWork").asInt() == 0);
            assertThat(queue(node).get("delayed").asInt()).isEqualTo(MANY);
            assertThat(queue(node).get("nextDueAt").isNull()).isFalse();
            JsonNode page = node.admin().json("/queues/spool/mails?state=delayed&limit=3");
            assertThat(Node.texts(page.get("items"), "messageId")).hasSize(3);
            JsonNode rest = node.admin()
                    .json("/queues/spool/mails?state=delayed&cursor="
                            + page.get("nextCursor").asText());
            assertThat(rest.get("items")).hasSize(MANY - 3);
            assertThat(rest.get("items").get(0).get("attempts").asInt()).isOne();
            assertThat(node.admin().json(MAILS + "?limit=2")).hasSize(2);
            assertThat(node.admin().json("/mailQueues/spool").get("size").asInt())
                    .isEqualTo(MANY);

            requireDone(node, "DELETE", MAILS + "?recipient=" + recipient(0).replace("+", "%2B"));
            node.awaitMessage(ids.get(0), "cancelled");
            assertThat(queue(node).get("size").asInt()).isEqualTo(MANY - 1);

            assertThat(node.admin()
                            .call("PATCH", MAILS + "?delayed=true", Optional.of("{\"delayed\":false}"))
                            .status())
                    .isEqualTo(204);
            for (int i = 1; i < MANY; i++) {
                node.awaitMessage(ids.get(i), "delivered");
            }

            String last =
                    node.submit(node.account(), Mails.simple(node.account().address(), "last"), recipient(MANY));
            node.awaitDelivery(last, recipient(MANY), "deferred", 1);
            await().atMost(Node.PATIENCE).until(() -> queue(node).get("delayed").asInt() == 1);
            requireDone(node, "DELETE", MAILS);
            node.awaitMessage(last, "cancelled");
            assertThat(queue(node).get("size").asInt()).isZero();
            assertThat(node.admin().get("/healthcheck").text())
                    .contains("Queue age")
                    .doesNotContain("degraded");
            assertThat(node.admin().get("/metrics").text()).contains("mailQueueOldestWaitingSeconds:spool");
        }
    }

    @Test
    void wrongParametersShouldBe400InTheShapeOfAllErrors() throws IOException {
        try (ServerProcess process = ServerProcess.start(directory.resolve("home"), Map.of())) {
            Node node = new Node(process);
            for (String path : List.of(
                    MAILS + "?sender=nobody", MAILS + "?recipient=a%20b", MAILS + "?sender=a@b.example&name=x")) {
                requireError(node, "DELETE", path, 400);
            }
            requireError(node, "PATCH", MAILS + "?delayed=false", 400);
            requireError(node, "GET", MAILS + "?limit=-1", 400);
            requireError(node, "GET", "/queues/spool/mails?limit=1001", 400);
            requireError(node, "GET", "/queues/spool/mails?cursor=x", 400);
            requireError(node, "GET", "/mailQueues/none", 404);
            requireError(node, "GET", "/queues/none", 404);
        }
    }

    private static String recipient(int i) {
        return "defer+" + i + "@simulator.invalid";
    }

    private static JsonNode queue(Node node) throws IOException {
        return node.admin().json("/queues/spool");
    }

    private static void requireDone(Node node, String method, String path) throws IOException {
        String task =
                node.admin().call(method, path).orFail().json().get("taskId").asText();
        JsonNode done = node.admin().json("/tasks/" + task + "/await");
        assertThat(done.get("status").asText()).isEqualTo("completed");
        assertThat(done.get("additionalInformation").get("remainingCount").isNumber())
                .isTrue();
    }

    private static void requireError(Node node, String method, String path, int status) {
        var answer = node.admin().call(method, path, Optional.of("{\"delayed\":false}"));
        assertThat(answer.status())
                .as(method + " " + path + ": " + answer.text())
                .isEqualTo(status);
        assertThat(answer.text()).contains("\"statusCode\":" + status, "\"message\"");
    }
}
