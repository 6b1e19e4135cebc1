package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.it.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mail that a step of the pipeline fails for. */
class HeldMailTest {
    private static final String HELD = "/mailRepositories/held";
    private static final String LAST_STEP =
            "<mailet match=\"All\" class=\"ToProcessor\">\n        <processor>dispatch<";
    private static final String FAULTY_STEP =
            "<mailet match=\"All\" class=\"" + ThrowForSubject.class.getName() + "\"/>\n      ";

    @TempDir
    Path directory;

    @Test
    void mailThatAMailetThrowsForShouldBeHeldAndGoOnWhenTheMailetIsRepaired() throws IOException {
        Path home = directory.resolve("home");
        Configuration.edit(home, "mailetcontainer.xml", LAST_STEP, FAULTY_STEP + LAST_STEP);
        try (ServerProcess process = ServerProcess.start(home, Map.of())) {
            Node node = new Node(process);
            String retried = submit(node, "poison 1", "one@there.example", "two@there.example");
            String reprocessed = submit(node, "poison 2", "three@there.example");
            String cancelled = submit(node, "poison 3", "four@there.example");

            for (String id : new String[] {retried, reprocessed, cancelled}) {
                requireHeld(node, id);
            }
            assertThat(node.admin().json("/mailRepositories").toString()).contains("\"held\"");
            assertThat(node.admin().json(HELD).get("size").asInt()).isEqualTo(3);
            node.awaitMessage(submit(node, "a harmless one", "five@there.example"), "delivered");

            // While the mailet is what it is, a retry ends where it began, and blocks nobody.
            assertThat(node.admin()
                            .call("POST", "/messages/" + retried + "/retry")
                            .status())
                    .isEqualTo(202);
            await().atMost(Node.PATIENCE)
                    .until(() -> Node.texts(node.trace(retried).get("events"), "type").stream()
                                    .filter("held"::equals)
                                    .count()
                            > 2);
            requireHeld(node, retried);
            node.awaitMessage(submit(node, "another harmless one", "six@there.example"), "delivered");
            assertThat(node.admin()
                            .call("POST", "/messages/" + cancelled + "/cancel")
                            .orFail()
                            .text())
                    .contains("cancelled");

            process.stop();
            Configuration.restore(home, "mailetcontainer.xml");
            process.start();

            requireHeld(node, retried);
            requireHeld(node, reprocessed);
            assertThat(node.trace(cancelled).get("state").asText()).isEqualTo("cancelled");
            assertThat(node.admin()
                            .get("/messages/" + retried + "/content")
                            .orFail()
                            .text())
                    .contains("poison 1");
            assertThat(node.admin()
                            .call("POST", "/messages/" + retried + "/retry")
                            .status())
                    .isEqualTo(202);
            JsonNode delivered = node.awaitMessage(retried, "delivered");
            delivered
                    .get("deliveries")
                    .forEach(delivery -> assertThat(delivery.get("attempts")).hasSize(1));
            assertThat(node.admin().json(HELD + "/mails")).hasSize(1);

            node.admin()
                    .call("PATCH", HELD + "/mails?action=reprocess", Optional.empty())
                    .orFail();
            assertThat(node.awaitMessage(reprocessed, "delivered").get("deliveries"))
                    .hasSize(1);
            await().atMost(Node.PATIENCE)
                    .until(() -> node.admin().json(HELD).get("size").asInt() == 0);
            assertThat(node.admin().get("/healthcheck").text()).doesNotContain("degraded");
        }
    }

    private static String submit(Node node, String subject, String... recipients) {
        return node.submit(node.account(), Mails.simple(node.account().address(), subject), recipients);
    }

    private static void requireHeld(Node node, String id) {
        JsonNode trace = node.awaitMessage(id, "open");
        assertThat(trace.get("deliveries")).isNotEmpty();
        for (String recipient : Node.texts(trace.get("deliveries"), "recipient")) {
            JsonNode delivery = node.awaitDelivery(id, recipient, "held", 0);
            assertThat(delivery.get("explanation").asText()).contains("the mailet stumbled over poison");
            assertThat(delivery.get("nextAttemptAt").isNull()).isTrue();
        }
        assertThat(Node.texts(node.trace(id).get("events"), "type")).contains("held");
    }
}
