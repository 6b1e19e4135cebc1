package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.it.ServerProcess;
import io.postrider.testkit.dns.DnsBehaviour;
import io.postrider.testkit.dns.ScriptedDnsServer;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mail to the mail servers of its recipients, with a DNS zone of our own. */
class DirectRouteTest {
    @TempDir
    static Path directory;

    private static ScriptedDnsServer zone;
    private static ScriptedSmtpPeer first;
    private static ServerProcess process;
    private static Node node;
    private static Node.Account account;

    @BeforeAll
    static void start() {
        zone = ScriptedDnsServer.serving(
                "mx1.test. 60 IN A 127.0.0.2",
                "mx2.test. 60 IN A 127.0.0.3",
                "example.test. 60 IN MX 10 mx1.test.",
                "dead-first.test. 60 IN MX 5 mx2.test.",
                "dead-first.test. 60 IN MX 10 mx1.test.",
                "failing.test. 60 IN MX 10 mx1.test.",
                "null.test. 60 IN MX 0 .");
        first = ScriptedSmtpPeer.playing(PeerScript.offering("PIPELINING"), "127.0.0.2", 0);
        process = ServerProcess.start(
                directory.resolve("home"),
                Map.of(
                        "POSTRIDER_DNS_SERVERS", "127.0.0.1:" + zone.port(),
                        "POSTRIDER_DNS_MIN_TTL", "0s",
                        "POSTRIDER_DNS_FAILURE_TTL", "0s",
                        "POSTRIDER_DELIVERY_DIRECT_PORT", Integer.toString(first.port()),
                        "POSTRIDER_DELIVERY_DIRECT_ALLOW_LOOPBACK", "true",
                        "POSTRIDER_RETRY_SCHEDULE", "1s",
                        "POSTRIDER_RETRY_JITTER", "0"));
        node = new Node(process);
        account = node.account();
        node.admin()
                .put("/routes/direct", "{'position': 10, 'when': {'recipientDomain': '*.test'}, 'via': ['direct']}")
                .orFail();
        node.admin()
                .put(
                        "/routes/example",
                        "{'position': 9, 'when': {'recipientDomain': 'example.test'}, 'via': ['direct']}")
                .orFail();
    }

    @AfterAll
    static void stop() {
        process.close();
        first.close();
        zone.close();
    }

    @Test
    void mailShouldGoToTheMailServerOfTheDomainAndTheTraceTellWhich() {
        String id = node.submit(account, "bob@example.test");

        JsonNode attempt = onlyAttempt(node.awaitDelivery(id, "bob@example.test", "delivered", 1));

        assertThat(attempt.get("route").asText()).isEqualTo("direct");
        assertThat(attempt.get("mx").asText()).isEqualTo("mx1.test:" + first.port());
        assertThat(attempt.get("talk").toString()).contains("site: mx1.test", "connected to mx1.test [127.0.0.2]");
    }

    @Test
    void aHostThatDoesNotAnswerShouldBePassedOver() {
        String id = node.submit(account, "bob@dead-first.test");

        JsonNode delivery = node.awaitDelivery(id, "bob@dead-first.test", "delivered", 1);
        JsonNode attempt = onlyAttempt(delivery);
        assertThat(delivery.get("site").asText()).isEqualTo("mx1.test,mx2.test");

        assertThat(attempt.get("mx").asText()).isEqualTo("mx1.test:" + first.port());
        assertThat(attempt.get("talk").toString()).contains("127.0.0.3");
    }

    @Test
    void aNullMxAndANameThatDoesNotExistShouldBounceWithoutAReply() {
        String id = node.submit(account, "bob@null.test", "bob@nowhere.test");

        JsonNode none = onlyAttempt(node.awaitDelivery(id, "bob@null.test", "bounced", 1));
        JsonNode nowhere = onlyAttempt(node.awaitDelivery(id, "bob@nowhere.test", "bounced", 1));

        assertThat(none.get("enhancedCode").asText()).isEqualTo("5.1.10");
        assertThat(none.get("code").isNull()).isTrue();
        assertThat(none.get("reason").asText()).contains("null MX");
        assertThat(nowhere.get("enhancedCode").asText()).isEqualTo("5.1.2");
    }

    @Test
    void dnsThatFailsShouldDelayMailUntilItAnswersAgain() {
        zone.behave("failing.test", DnsBehaviour.SERVFAIL);
        String id = node.submit(account, "bob@failing.test");
        JsonNode deferred = node.awaitDelivery(id, "bob@failing.test", "deferred", 2);
        assertThat(deferred.get("explanation").asText()).contains("4.4.3", "SERVFAIL");

        zone.behave("failing.test", DnsBehaviour.ANSWER);

        node.awaitMessage(id, "delivered");
    }

    private static JsonNode onlyAttempt(JsonNode delivery) {
        assertThat(delivery.get("attempts")).hasSize(1);
        return delivery.get("attempts").get(0);
    }
}
