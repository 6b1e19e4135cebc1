package io.postrider.simulator.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.admin.webadmin.AdminApi;
import io.postrider.admin.webadmin.AdminServer.Answer;
import io.postrider.mail.EmailAddress;
import io.postrider.simulator.SimulatorMailbox.SimulatedMessage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatorRoutesTest {
    private static final byte[] RAW =
            "Subject: one\r\n two\r\nX-Empty:\r\nReceived: a\r\nReceived: b: c\r\n\r\nno: field\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private AdminApi api;

    @BeforeEach
    void start() {
        api = new AdminApi();
        for (long n = 1; n <= 3; n++) {
            api.simulator.received.add(new SimulatedMessage(
                    n,
                    AdminApi.NOW,
                    n == 1 ? Optional.empty() : Optional.of(EmailAddress.parse("bounce@example.com")),
                    List.of(EmailAddress.parse("success@simulator.invalid")),
                    RAW));
        }
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void listShouldShowTheNewestFirstAndGoOnBehindTheCursor() {
        Answer first = api.server.get("/simulator/messages?limit=2");
        Answer second = api.server.get("/simulator/messages?limit=2&cursor="
                + first.json().get("nextCursor").asText());

        assertThat(first.json().get("items").findValuesAsText("n")).containsExactly("3", "2");
        assertThat(second.text())
                .isEqualTo("{\"items\":[{\"n\":1,\"at\":\"2026-11-25T08:00:00.123Z\",\"reversePath\":null,"
                        + "\"recipients\":[\"success@simulator.invalid\"],\"size\":" + RAW.length + ",\"headers\":["
                        + "{\"name\":\"Subject\",\"value\":\"one two\"},{\"name\":\"X-Empty\",\"value\":\"\"},"
                        + "{\"name\":\"Received\",\"value\":\"a\"},{\"name\":\"Received\",\"value\":\"b: c\"}]}],"
                        + "\"nextCursor\":null}");
    }

    @Test
    void theMessageShouldComeAsItWasReceived() {
        Answer answer = api.server.get("/simulator/messages/2");

        assertThat(answer.header("Content-Type")).isEqualTo("message/rfc822");
        assertThat(answer.bytes()).isEqualTo(RAW);
    }

    @Test
    void aMessageThatIsNotKeptShouldBe404() {
        assertThat(api.server.get("/simulator/messages/4").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-1", "1.0", "1%20", "9999999999999999999"})
    void whatIsNoNumberShouldBeRefused(String n) {
        assertThat(api.server.get("/simulator/messages/" + n).status()).isEqualTo(400);
        assertThat(api.server.get("/simulator/messages?cursor=" + n).status()).isEqualTo(400);
    }
}
