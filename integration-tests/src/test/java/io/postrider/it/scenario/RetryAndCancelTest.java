package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an admin may do to a message that is under way. */
class RetryAndCancelTest {
    private static final Act LATER = Act.reply("451 4.7.1 greylisted");

    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    @Test
    void retryShouldBringADeferredDeliveryForwardWithin10Seconds() {
        PeerScript twiceLater =
                PeerScript.offering("PIPELINING").when("RCPT TO:<bob@", LATER, LATER, Act.reply("250 ok"));
        try (ScriptedSmtpPeer peer = route("retry", twiceLater)) {
            String id = node.submit(account, "bob@retry.example", "success@there.example");
            JsonNode deferred = node.awaitDelivery(id, "bob@retry.example", "deferred", 2);
            assertThat(Instant.parse(deferred.get("nextAttemptAt").asText()))
                    .isAfter(Instant.now().plus(Duration.ofMinutes(5)));

            Instant asked = Instant.now();
            assertThat(node.admin().call("POST", "/messages/" + id + "/retry").status())
                    .isEqualTo(202);

            JsonNode delivered = node.awaitDelivery(id, "bob@retry.example", "delivered", 3);
            assertThat(Instant.parse(delivered.get("attempts").get(2).get("at").asText()))
                    .isBefore(asked.plusSeconds(10));
            assertThat(taken(peer)).hasSize(1);
            assertThat(node.admin().call("POST", "/messages/" + id + "/retry").status())
                    .isEqualTo(409);
        }
    }

    @Test
    void retryOfAFinalMessageShouldBeAConflictAndOfAnUnknownOneNotFound() {
        String id = node.submit(account, "bounce@there.example");
        node.awaitMessage(id, "bounced");

        assertThat(node.admin().call("POST", "/messages/" + id + "/retry").status())
                .isEqualTo(409);
        assertThat(node.admin()
                        .call("POST", "/messages/01ARZ3NDEKTSV4RRFFQ69G5FAV/retry")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void cancelShouldEndWhatIsOpenAndSayTooLateOfTheRest() {
        try (ScriptedSmtpPeer peer =
                route("cancel", PeerScript.offering("PIPELINING").when("RCPT TO:<", LATER))) {
            String id = node.submit(account, "bob@cancel.example", "success@there.example", "bounce@there.example");
            node.awaitDelivery(id, "bob@cancel.example", "deferred", 1);
            node.awaitDelivery(id, "success@there.example", "delivered", 1);
            node.awaitDelivery(id, "bounce@there.example", "bounced", 1);

            JsonNode answer = node.admin()
                    .call("POST", "/messages/" + id + "/cancel")
                    .orFail()
                    .json()
                    .get("recipients");
            JsonNode cancelled = Node.deliveryIn(node.trace(id), "bob@cancel.example");
            assertThat(Node.texts(answer, "recipient"))
                    .containsExactlyInAnyOrder("bob@cancel.example", "success@there.example", "bounce@there.example");
            answer.forEach(item -> assertThat(item.get("result").asText())
                    .isEqualTo(item.get("recipient").asText().startsWith("bob@") ? "cancelled" : "tooLate"));
            assertThat(cancelled.get("state").asText()).isEqualTo("cancelled");
            assertThat(cancelled.get("nextAttemptAt").isNull()).isTrue();

            // A message that is deferred after it has its second attempt later than the cancelled one would have had
            // its own.
            String later = node.submit(account, "carol@cancel.example");
            node.awaitDelivery(later, "carol@cancel.example", "deferred", 2);
            JsonNode afterwards = node.trace(id);
            assertThat(Node.deliveryIn(afterwards, "bob@cancel.example")).isEqualTo(cancelled);
            assertThat(afterwards.get("state").asText()).isEqualTo("mixed");
            assertThat(Node.texts(afterwards.get("events"), "type")).contains("cancelled");
            assertThat(peer.commands().stream().filter(command -> command.startsWith("RCPT TO:<bob@")))
                    .hasSize(cancelled.get("attempts").size());
            assertThat(node.admin().call("POST", "/messages/" + id + "/retry").status())
                    .isEqualTo(409);
            assertThat(node.admin()
                            .call("POST", "/messages/" + later + "/cancel")
                            .orFail()
                            .text())
                    .contains("cancelled");
        }
    }

    @Test
    void cancelOfAnUnknownMessageShouldBeNotFound() {
        assertThat(node.admin()
                        .call("POST", "/messages/01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void theContentShouldBeReadableWhileTheMessageIsOpenAndGoneLater() {
        try (ScriptedSmtpPeer peer =
                route("content", PeerScript.offering("PIPELINING").when("RCPT TO:<", LATER))) {
            byte[] message = Mails.simple(account.address(), "Still here");
            String id = node.submit(account, message, "bob@content.example");
            node.awaitDelivery(id, "bob@content.example", "deferred", 1);

            Admin.Answer open = node.admin().get("/messages/" + id + "/content");
            assertThat(open.status()).isEqualTo(200);
            assertThat(open.headers().firstValue("Content-Type").orElse("")).startsWith("message/rfc822");
            assertThat(open.text()).contains("Subject: Still here").endsWith("\r\n\r\nHello.\r\n");
            assertThat(open.text()).doesNotContain("DKIM-Signature");

            node.admin().call("POST", "/messages/" + id + "/cancel").orFail();
            assertThat(node.admin().get("/messages/" + id + "/content").status())
                    .isEqualTo(410);
            assertThat(taken(peer)).isEmpty();
        }
        assertThat(node.admin()
                        .get("/messages/01ARZ3NDEKTSV4RRFFQ69G5FAV/content")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aDeferredMailShouldBeSeenInTheQueue() {
        try (ScriptedSmtpPeer peer =
                route("browse", PeerScript.offering("PIPELINING").when("RCPT TO:<", LATER))) {
            String id = node.submit(account, "bob@browse.example");
            node.awaitDelivery(id, "bob@browse.example", "deferred", 2);

            assertThat(node.admin().json("/mailQueues").toString()).contains("\"spool\"");
            assertThat(node.admin().json("/mailQueues/spool/mails").toString())
                    .contains(id)
                    .contains("bob@browse.example");
            assertThat(node.admin().json("/mailQueues/spool/mails?delayed=true").toString())
                    .contains(id);

            node.admin().call("POST", "/messages/" + id + "/cancel").orFail();
            assertThat(taken(peer)).isEmpty();
        }
    }

    /** The messages of a peer; with pipelining, DATA behind recipients that were all refused ends in an empty one (RFC 2920, section 3.1). */
    private static List<byte[]> taken(ScriptedSmtpPeer peer) {
        return peer.messages().stream().filter(message -> message.length > 0).toList();
    }

    /** A peer that all mail to {@code NAME.example} goes to. */
    private ScriptedSmtpPeer route(String name, PeerScript script) {
        ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(script);
        node.admin()
                .put("/relays/" + name, "{'host': '127.0.0.1', 'port': " + peer.port() + ", 'tls': {'mode': 'none'}}")
                .orFail();
        node.admin()
                .put(
                        "/routes/" + name,
                        "{'position': 10, 'when': {'recipientDomain': '" + name + ".example'}, 'via': ['relay:" + name
                                + "']}")
                .orFail();
        return peer;
    }
}
