package io.postrider.trace.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.admin.webadmin.AdminApi;
import io.postrider.admin.webadmin.AdminServer.Answer;
import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.mail.SmtpReply;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.EventType;
import io.postrider.trace.MessageQuery;
import io.postrider.trace.MessageSummary;
import io.postrider.trace.MessageTrace;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageRoutesTest {
    private static final MessageId OPEN = new MessageId("01JDH3Q9K0ABCDEFGHJKMNPQRS");
    private static final MessageId DONE = new MessageId("01JDH3Q9K1ABCDEFGHJKMNPQRS");
    private static final MessageId UNKNOWN = new MessageId("01JDH3Q9K2ABCDEFGHJKMNPQRS");
    private static final EmailAddress ALICE = EmailAddress.parse("alice@example.org");
    private static final EmailAddress BOB = EmailAddress.parse("bob@example.net");
    private static final Instant LATER = AdminApi.NOW.plusSeconds(10);

    private AdminApi api;

    @BeforeEach
    void start() {
        api = new AdminApi();
        api.messages.add(trace(
                OPEN,
                "open",
                List.of(
                        delivered(ALICE),
                        new MessageTrace.DeliveryTrace(
                                new DeliveryRow(
                                        BOB,
                                        DeliveryState.DEFERRED,
                                        2,
                                        Optional.of(new EntryId("e2")),
                                        Optional.of(LATER)),
                                "greylisted",
                                List.of(
                                        attempt(new DeliveryOutcome.Deferred(
                                                Optional.empty(), "connection refused", DeliveryOutcome.Fault.ROUTE)),
                                        attempt(
                                                "",
                                                new DeliveryOutcome.Deferred(
                                                        Optional.of(new SmtpReply(452, "4.2.2 mailbox full")),
                                                        "452 4.2.2 mailbox full",
                                                        DeliveryOutcome.Fault.REPLY)))))));
        api.messages.add(trace(DONE, "delivered", List.of(delivered(ALICE))));
        api.messages.contents.put(OPEN, "Subject: x\r\n\r\nbody".getBytes(StandardCharsets.US_ASCII));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void theTraceShouldTellEverything() {
        Answer answer = api.server.get("/messages/" + OPEN);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text())
                .isEqualTo(
                        "{\"id\":\"01JDH3Q9K0ABCDEFGHJKMNPQRS\",\"state\":\"open\",\"tenant\":\"acme\",\"stream\":\"transactional\","
                                + "\"submitter\":\"app\",\"sender\":null,\"subject\":\"Grüße\",\"size\":1234,"
                                + "\"acceptedAt\":\"2026-11-25T08:00:00.123Z\",\"deliveries\":["
                                + "{\"recipient\":\"alice@example.org\",\"state\":\"delivered\",\"site\":\"mx.example.org,mx2.example.org\",\"provider\":null,"
                                + "\"route\":\"relay:ses\",\"nextAttemptAt\":null,\"explanation\":\"taken\",\"attempts\":["
                                + "{\"at\":\"2026-11-25T08:00:00.123Z\",\"route\":\"relay:ses\",\"site\":\"mx.example.org,mx2.example.org\",\"source\":\"192.0.2.1\","
                                + "\"mx\":\"mx.example.org:25\",\"address\":\"192.0.2.25\",\"tls\":\"TLSv1.3 TLS_AES_128_GCM_SHA256\",\"certificateProblem\":\"certificate expired\",\"code\":250,"
                                + "\"enhancedCode\":\"2.0.0\",\"reply\":\"2.0.0 ok\",\"reason\":null,\"cause\":\"none\","
                                + "\"permanence\":\"none\",\"rule\":\"rfc5321:2yz\",\"connectMs\":11,\"handshakeMs\":12,\"transactionMs\":13,\"durationMs\":42,"
                                + "\"talk\":[\"> MAIL FROM:<>\",\"< 250 2.1.0 ok\"]}]},"
                                + "{\"recipient\":\"bob@example.net\",\"state\":\"deferred\",\"site\":\"mx.example.org,mx2.example.org\",\"provider\":null,"
                                + "\"route\":\"relay:ses\",\"nextAttemptAt\":\"2026-11-25T08:00:10.123Z\",\"explanation\":\"greylisted\","
                                + "\"attempts\":["
                                + "{\"at\":\"2026-11-25T08:00:00.123Z\",\"route\":\"relay:ses\",\"site\":\"mx.example.org,mx2.example.org\",\"source\":\"192.0.2.1\","
                                + "\"mx\":\"mx.example.org:25\",\"address\":\"192.0.2.25\",\"tls\":\"TLSv1.3 TLS_AES_128_GCM_SHA256\",\"certificateProblem\":\"certificate expired\",\"code\":null,"
                                + "\"enhancedCode\":null,\"reply\":null,\"reason\":\"connection refused\",\"cause\":\"route\","
                                + "\"permanence\":\"soft\",\"rule\":\"route\",\"connectMs\":11,\"handshakeMs\":12,\"transactionMs\":13,\"durationMs\":42,"
                                + "\"talk\":[\"> MAIL FROM:<>\",\"< 250 2.1.0 ok\"]},"
                                + "{\"at\":\"2026-11-25T08:00:00.123Z\",\"route\":\"relay:ses\",\"site\":null,\"source\":\"192.0.2.1\","
                                + "\"mx\":\"mx.example.org:25\",\"address\":\"192.0.2.25\",\"tls\":\"TLSv1.3 TLS_AES_128_GCM_SHA256\",\"certificateProblem\":\"certificate expired\",\"code\":452,"
                                + "\"enhancedCode\":\"4.2.2\",\"reply\":\"4.2.2 mailbox full\",\"reason\":\"452 4.2.2 mailbox full\","
                                + "\"cause\":\"mailboxFull\",\"permanence\":\"soft\",\"rule\":\"rfc3463:x.2.2\",\"connectMs\":11,\"handshakeMs\":12,\"transactionMs\":13,\"durationMs\":42,"
                                + "\"talk\":[\"> MAIL FROM:<>\",\"< 250 2.1.0 ok\"]}]}],"
                                + "\"events\":[{\"type\":\"accepted\",\"at\":\"2026-11-25T08:00:00.123Z\",\"recipient\":null,\"detail\":\"\"},"
                                + "{\"type\":\"delivered\",\"at\":\"2026-11-25T08:00:10.123Z\",\"recipient\":\"alice@example.org\","
                                + "\"detail\":\"250 2.0.0 ok\"}]}");
    }

    @Test
    void searchShouldAskForWhatTheQuerySays() {
        Answer answer = api.server.get("/messages?recipient=success+1@example.org&sender=a%2Bb@EXAMPLE.com"
                + "&from=2026-11-25T09:00:00+01:00&to=2026-11-25T10:00:00.5Z&state=open&limit=7&cursor=abc");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(api.messages.queries)
                .containsExactly(new MessageQuery(
                        Optional.of(EmailAddress.parse("success+1@example.org")),
                        Optional.of(EmailAddress.parse("a+b@example.com")),
                        Optional.of(Instant.parse("2026-11-25T08:00:00Z")),
                        Optional.of(Instant.parse("2026-11-25T10:00:00.500Z")),
                        Optional.of("open"),
                        7,
                        Optional.of("abc")));
    }

    @Test
    void searchShouldShowTheNewestFirstAndGoOnBehindTheCursor() {
        Answer first = api.server.get("/messages?limit=1");
        Answer second = api.server.get(
                "/messages?limit=1&cursor=" + first.json().get("nextCursor").asText());

        assertThat(first.json().get("items").get(0).toString())
                .isEqualTo("{\"id\":\"" + DONE
                        + "\",\"state\":\"delivered\",\"tenant\":\"acme\",\"stream\":\"transactional\","
                        + "\"sender\":null,\"subject\":\"Grüße\",\"size\":1234,\"acceptedAt\":\"2026-11-25T08:00:00.123Z\","
                        + "\"recipients\":1}");
        assertThat(second.json().get("items").findValuesAsText("id")).containsExactly(OPEN.value());
        assertThat(second.json().get("nextCursor").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "recipient=nobody|recipient: address: 'nobody' (expected: local-part@domain)",
                "sender=a%20b@example.com|sender: local part: 'a b'",
                "from=yesterday|from: 'yesterday' (expected: a time such as 2026-11-25T08:00:00Z)",
                "to=2026-11-25|to: '2026-11-25' (expected: a time",
                "state=lost|state: 'lost' (expected one of: open, mixed, queued,",
                "limit=0|limit: '0' (expected: 1 to 1000)",
                "reciepient=a@b|query parameter: 'reciepient' (expected one of: cursor, from, limit, recipient,"
            })
    void searchShouldSayWhatIsWrong(String query, String error) {
        Answer answer = api.server.get("/messages?" + query);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains(error);
        assertThat(api.messages.queries).isEmpty();
    }

    @Test
    void theContentShouldComeWhileItIsKept() {
        Answer answer = api.server.get("/messages/" + OPEN + "/content");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("message/rfc822");
        assertThat(answer.text()).isEqualTo("Subject: x\r\n\r\nbody");
        assertThat(api.server.get("/messages/" + DONE + "/content").status()).isEqualTo(410);
        assertThat(api.server.get("/messages/" + UNKNOWN + "/content").status()).isEqualTo(404);
    }

    @Test
    void retryShouldBeForWhatWaits() {
        Answer refusal = api.server.post("/messages/" + DONE + "/retry", null);

        assertThat(api.server.post("/messages/" + OPEN + "/retry", null).status())
                .isEqualTo(202);
        assertThat(refusal.status()).isEqualTo(409);
        assertThat(refusal.json().get("type").asText()).isEqualTo("WrongState");
        assertThat(api.server.post("/messages/" + UNKNOWN + "/retry", "{}").status())
                .isEqualTo(404);
    }

    @Test
    void cancelShouldAnswerForEachRecipient() {
        Answer answer = api.server.post("/messages/" + OPEN + "/cancel", null);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text())
                .isEqualTo("{\"recipients\":[{\"recipient\":\"alice@example.org\",\"result\":\"tooLate\"},"
                        + "{\"recipient\":\"bob@example.net\",\"result\":\"cancelled\"}]}");
        assertThat(api.server.post("/messages/" + UNKNOWN + "/cancel", null).status())
                .isEqualTo(404);
    }

    @Test
    void retryAndCancelShouldRefuseProperties() {
        assertThat(api.server
                        .post("/messages/" + OPEN + "/retry", "{\"recipient\":\"x\"}")
                        .status())
                .isEqualTo(400);
        assertThat(api.server
                        .post("/messages/" + OPEN + "/cancel", "{\"recipient\":\"x\"}")
                        .status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"x", "01JDH3Q9K0ABCDEFGHJKMNPQR", "81JDH3Q9K0ABCDEFGHJKMNPQRS", "01JDH3Q9K0ABCDEFGHJKMNPQRI"})
    void anIdThatIsNoUlidShouldBeRefused(String id) {
        assertThat(api.server.get("/messages/" + id).error()).contains("expected: a ULID of 26 characters");
        assertThat(api.server.get("/messages/" + id + "/content").status()).isEqualTo(400);
        assertThat(api.server.post("/messages/" + id + "/retry", null).status()).isEqualTo(400);
        assertThat(api.server.post("/messages/" + id + "/cancel", null).status())
                .isEqualTo(400);
    }

    @Test
    void aMessageThatIsNotThereShouldBe404() {
        assertThat(api.server.get("/messages/" + UNKNOWN).status()).isEqualTo(404);
    }

    private static MessageTrace trace(MessageId id, String state, List<MessageTrace.DeliveryTrace> deliveries) {
        return new MessageTrace(
                new MessageSummary(
                        id,
                        state,
                        "acme",
                        "transactional",
                        Optional.empty(),
                        "Grüße",
                        1234,
                        AdminApi.NOW,
                        deliveries.size()),
                "app",
                deliveries,
                List.of(
                        new MessageTrace.Event(EventType.ACCEPTED, AdminApi.NOW, Optional.empty(), ""),
                        new MessageTrace.Event(EventType.DELIVERED, LATER, Optional.of(ALICE), "250 2.0.0 ok")));
    }

    private static MessageTrace.DeliveryTrace delivered(EmailAddress recipient) {
        return new MessageTrace.DeliveryTrace(
                new DeliveryRow(recipient, DeliveryState.DELIVERED, 1, Optional.empty(), Optional.empty()),
                "taken",
                List.of(attempt(new DeliveryOutcome.Delivered(new SmtpReply(250, "2.0.0 ok")))));
    }

    private static Attempt attempt(DeliveryOutcome outcome) {
        return attempt("mx.example.org,mx2.example.org", outcome);
    }

    private static Attempt attempt(String site, DeliveryOutcome outcome) {
        return new Attempt(
                AdminApi.NOW,
                "relay:ses",
                "192.0.2.1",
                "mx.example.org:25",
                site,
                "TLSv1.3 TLS_AES_128_GCM_SHA256",
                new Attempt.Connection(
                        "192.0.2.25",
                        Optional.of("certificate expired"),
                        Duration.ofMillis(11),
                        Duration.ofMillis(12),
                        Duration.ofMillis(13)),
                outcome,
                Duration.ofMillis(42),
                List.of("> MAIL FROM:<>", "< 250 2.1.0 ok"));
    }
}
