package io.postrider.route.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.admin.webadmin.AdminApi;
import io.postrider.admin.webadmin.AdminServer.Answer;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelayRoutesTest {
    private static final String WITH_AUTH = "{\"host\":\"smtp.example.com\",\"username\":\"u\",\"password\":\"pw-1\"}";

    private AdminApi api;

    @BeforeEach
    void start() {
        api = new AdminApi();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void putShouldFillInTheDefaults() {
        Answer answer = api.server.put("/relays/smart", "{\"host\":\"smtp.example.com\"}");

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.text())
                .isEqualTo(
                        "{\"name\":\"smart\",\"host\":\"smtp.example.com\",\"port\":587,"
                                + "\"tls\":{\"mode\":\"starttls\",\"verify\":true,\"ca\":null},\"username\":null,"
                                + "\"passwordSet\":false,\"maxConnections\":10,\"messagesPerConnection\":100,\"headerSet\":\"full\",\"fault\":null}");
    }

    @Test
    void putShouldTakeAllThatIsGiven() {
        Answer answer = api.server.put(
                "/relays/sink",
                "{\"host\":\"127.0.0.1\",\"port\":2526,\"tls\":{\"mode\":\"none\"},\"username\":\"u\",\"password\":\"pw-1\","
                        + "\"maxConnections\":3,\"messagesPerConnection\":7,\"headerSet\":\"ses\"}");

        assertThat(answer.text())
                .isEqualTo("{\"name\":\"sink\",\"host\":\"127.0.0.1\",\"port\":2526,"
                        + "\"tls\":{\"mode\":\"none\",\"verify\":false,\"ca\":null},\"username\":\"u\",\"passwordSet\":true,"
                        + "\"maxConnections\":3,\"messagesPerConnection\":7,\"headerSet\":\"ses\",\"fault\":null}");
        assertThat(stored("sink").password()).contains("pw-1");
        assertThat(api.server.get("/relays/sink").text()).isEqualTo(answer.text());
    }

    @Test
    void aRelayShouldTellWhatKeepsMailFromIt() {
        api.server.put("/relays/smart", WITH_AUTH);
        api.relayFaults.failed(new Hop.ViaRelay("smart"), true, "535 5.7.8 no");
        api.relayFaults.failed(new Hop.ViaRelay("smart"), true, "535 5.7.8 still no");

        assertThat(api.server.get("/relays/smart").text())
                .contains(
                        "\"fault\":{\"lasting\":true,\"reason\":\"535 5.7.8 still no\",\"since\":\"2026-",
                        "\"count\":2}");
        assertThat(api.server.get("/relays").text()).contains("still no");

        api.server.put("/relays/smart", WITH_AUTH);
        assertThat(api.server.get("/relays/smart").text()).contains("\"fault\":null");
    }

    @Test
    void aRelayOfSesShouldSignWhatSesKeeps() {
        assertThat(headerSet("email-smtp.eu-west-1.amazonaws.com")).isEqualTo("ses");
        assertThat(headerSet("email-smtp.cn-north-1.amazonaws.com.cn")).isEqualTo("ses");
        assertThat(headerSet("notamazonaws.com")).isEqualTo("full");
    }

    @Test
    void implicitTlsShouldHaveThePortOfSubmissions() {
        assertThat(api.server
                        .put("/relays/a", "{\"host\":\"smtp.example.com\",\"tls\":{\"mode\":\"implicit\"}}")
                        .json()
                        .get("port")
                        .asInt())
                .isEqualTo(465);
    }

    @Test
    void putWithoutAPasswordShouldKeepItForTheSameUser() {
        api.server.put("/relays/a", WITH_AUTH);

        Answer answer = api.server.put("/relays/a", "{\"host\":\"smtp2.example.com\",\"username\":\"u\"}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("passwordSet").asBoolean()).isTrue();
        assertThat(stored("a").password()).contains("pw-1");
    }

    @Test
    void putWithoutAPasswordShouldNotGiveItToAnotherUser() {
        api.server.put("/relays/a", WITH_AUTH);

        Answer answer = api.server.put("/relays/a", "{\"host\":\"smtp.example.com\",\"username\":\"v\"}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains("username and password");
        assertThat(stored("a").username()).contains("u");
    }

    @Test
    void putWithoutAUserShouldForgetThePassword() {
        api.server.put("/relays/a", WITH_AUTH);

        api.server.put("/relays/a", "{\"host\":\"smtp.example.com\"}");

        assertThat(stored("a").password()).isEqualTo(Optional.empty());
    }

    @Test
    void thePasswordShouldNeverComeBack() {
        assertThat(api.server.put("/relays/a", WITH_AUTH).text()).doesNotContain("pw-1");
        assertThat(api.server.get("/relays/a").text()).doesNotContain("pw-1");
        assertThat(api.server.get("/relays").text()).doesNotContain("pw-1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|host: missing",
                "{\"host\":\"a b\"}|host: 'a b' (expected:",
                "{\"host\":\"a\",\"port\":0}|port: 0 (expected: 1 to 65535)",
                "{\"host\":\"a\",\"port\":\"25\"}|port: wrong type (expected: an integer)",
                "{\"host\":\"a\",\"port\":25.5}|port: wrong type (expected: an integer)",
                "{\"host\":\"a\",\"port\":99999999999}|port: ",
                "{\"host\":\"a\",\"tls\":\"none\"}|tls: wrong type (expected: an object)",
                "{\"host\":\"a\",\"tls\":{\"mode\":\"ssl\"}}|tls.mode: 'ssl' (expected one of: none, opportunistic, starttls, implicit)",
                "{\"host\":\"a\",\"tls\":{\"verify\":\"yes\"}}|tls.verify: wrong type (expected: true or false)",
                "{\"host\":\"a\",\"tls\":{\"moode\":\"none\"}}|tls.moode: unknown property (expected one of: ca, mode, verify)",
                "{\"host\":\"a\",\"tls\":{\"ca\":\"junk\"}}|tls.ca: ",
                "{\"host\":\"a\",\"tls\":{\"ca\":\"\"}}|tls.ca: ",
                "{\"host\":\"a\",\"headerSet\":\"all\"}|headerSet: 'all' (expected one of: full, ses)",
                "{\"host\":\"a\",\"maxConnections\":1001}|maxConnections: 1001 (expected: 1 to 1000)",
                "{\"host\":\"a\",\"username\":\"u\"}|username and password: one without the other"
            })
    void putShouldSayWhatIsWrong(String body, String error) {
        Answer answer = api.server.put("/relays/a", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains(error);
        assertThat(api.store.relayRows).isEmpty();
    }

    @Test
    void deleteShouldNameTheRoutesThatStillUseTheRelay() {
        api.server.put("/relays/a", WITH_AUTH);
        api.server.put("/routes/bulk", "{\"position\":1,\"via\":[\"relay:a\",\"simulator\"]}");

        Answer refusal = api.server.delete("/relays/a");
        api.server.delete("/routes/bulk");

        assertThat(refusal.status()).isEqualTo(409);
        assertThat(refusal.error()).contains("bulk");
        assertThat(api.server.delete("/relays/a").status()).isEqualTo(204);
        assertThat(api.server.delete("/relays/a").status()).isEqualTo(404);
        assertThat(api.server.get("/relays/a").status()).isEqualTo(404);
    }

    private String headerSet(String host) {
        return api.server
                .put("/relays/x", "{\"host\":\"" + host + "\"}")
                .json()
                .get("headerSet")
                .asText();
    }

    private Relay stored(String name) {
        return api.store.relayRows.get(name);
    }
}
