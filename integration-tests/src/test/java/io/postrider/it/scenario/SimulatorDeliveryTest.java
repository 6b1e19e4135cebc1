package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One message to each address of the simulator, and what the trace says of it. */
class SimulatorDeliveryTest {
    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    @Test
    void oneTransactionShouldLeadEachRecipientToItsOwnState() {
        Instant before = Instant.now();
        String id = node.submit(
                account,
                Mails.simple(account.address(), "To everybody"),
                "success@there.example",
                "bounce@there.example",
                "mailbox-full@there.example",
                "defer+states@there.example",
                "success+tag@simulator.invalid");

        JsonNode deferred = node.awaitDelivery(id, "defer+states@there.example", "deferred", 1);
        assertThat(deferred.get("attempts").get(0).get("code").asInt()).isEqualTo(451);
        assertThat(deferred.get("attempts").get(0).get("enhancedCode").asText()).isEqualTo("4.3.0");
        assertThat(Instant.parse(deferred.get("nextAttemptAt").asText()))
                .isAfter(before)
                .isBefore(Instant.now().plus(SharedNode.FIRST_RETRY));
        assertThat(deferred.get("explanation").asText()).contains("451").contains("retry.schedule");

        JsonNode second = node.awaitDelivery(id, "defer+states@there.example", "delivered", 2);
        assertThat(second.get("nextAttemptAt").isNull()).isTrue();
        JsonNode trace = node.awaitMessage(id, "mixed");
        requireFinal(trace, "success@there.example", "delivered", 250, "2.0.0");
        requireFinal(trace, "success+tag@simulator.invalid", "delivered", 250, "2.0.0");
        requireFinal(trace, "bounce@there.example", "bounced", 550, "5.1.1");
        requireFinal(trace, "mailbox-full@there.example", "bounced", 552, "5.2.2");
        assertThat(Node.texts(trace.get("events"), "type"))
                .contains("accepted", "queued", "deferred", "delivered", "bounced");
        assertThat(Node.texts(trace.get("events"), "type").stream().filter("delivered"::equals))
                .hasSize(3);
    }

    @Test
    void theOddMailboxesShouldLeadToWhatTheyAreNamedFor() {
        String id = node.submit(
                account,
                Mails.simple(account.address(), "To the odd ones"),
                "greylist+1@there.example",
                "drop+dot@there.example",
                "timeout@there.example",
                "slow+1@there.example");

        JsonNode slow = node.awaitDelivery(id, "slow+1@there.example", "delivered", 1);
        assertThat(slow.get("attempts").get(0).get("transactionMs").asLong()).isBetween(2500L, 60_000L);
        JsonNode greylisted = node.awaitDelivery(id, "greylist+1@there.example", "delivered", 2);
        assertThat(greylisted.get("attempts").get(0).get("reply").asText()).contains("greylisted");
        JsonNode dropped = node.awaitDelivery(id, "drop+dot@there.example", "deferred", 2);
        assertThat(dropped.get("attempts").get(0).get("reason").asText()).contains("the outcome is unknown");
        JsonNode silent = node.awaitDelivery(id, "timeout@there.example", "deferred", 2);
        assertThat(silent.get("attempts").get(0).get("reason").asText()).contains("no reply to RCPT TO:<timeout@");
    }

    private static void requireFinal(JsonNode trace, String recipient, String state, int code, String enhancedCode) {
        JsonNode delivery = Node.deliveryIn(trace, recipient);
        assertThat(delivery.get("state").asText()).as(recipient).isEqualTo(state);
        assertThat(delivery.get("route").asText()).isEqualTo("simulator");
        assertThat(delivery.get("nextAttemptAt").isNull()).isTrue();
        assertThat(delivery.get("attempts")).hasSize(1);
        JsonNode attempt = delivery.get("attempts").get(0);
        assertThat(attempt.get("code").asInt()).isEqualTo(code);
        assertThat(attempt.get("enhancedCode").asText()).isEqualTo(enhancedCode);
        assertThat(attempt.get("talk").toString()).contains("MAIL FROM:<b+").contains("RCPT TO:<" + recipient + ">");
    }

    @Test
    void theTraceShouldTellWhatWasSubmitted() {
        byte[] message = Mails.simple(account.address(), "=?utf-8?q?Gr=C3=BC=C3=9Fe?=");
        String id = node.submit(account, message, "success@there.example");

        JsonNode trace = node.awaitMessage(id, "delivered");
        assertThat(trace.get("id").asText()).isEqualTo(id);
        assertThat(trace.get("tenant").asText()).isEqualTo("default");
        assertThat(trace.get("stream").asText()).isEqualTo("transactional");
        assertThat(trace.get("submitter").asText()).isEqualTo(account.username());
        assertThat(trace.get("sender").asText()).isEqualTo(account.address());
        assertThat(trace.get("subject").asText()).isEqualTo("Gr\u00fc\u00dfe");
        assertThat(trace.get("size").asInt()).isGreaterThanOrEqualTo(message.length);
        assertThat(trace.get("acceptedAt").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    }

    @Test
    void theSameRecipientTwiceShouldGetOneCopy() {
        String id = node.submit(account, "success+twice@there.example", "success+twice@there.example");

        assertThat(node.awaitMessage(id, "delivered").get("deliveries")).hasSize(1);
    }

    @Test
    void aMessageThatWasRefusedShouldLeaveNoTrace() {
        Node.Account refused = node.tenant("refused-sender");
        try (SmtpTalk talk = node.login(refused)) {
            assertThat(talk.send(
                                    refused.address(),
                                    List.of("success@there.example"),
                                    Mails.simple("app@foreign.example", "x"))
                            .code())
                    .isEqualTo(550);
        }
        assertThat(node.admin().json("/messages?sender=" + refused.address()).get("items"))
                .isEmpty();
    }
}
