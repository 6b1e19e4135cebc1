package io.postrider.route.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.admin.webadmin.AdminApi;
import io.postrider.admin.webadmin.AdminServer.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutingRoutesTest {
    private AdminApi api;

    @BeforeEach
    void start() {
        api = new AdminApi();
        api.server.put("/tenants/acme", null);
        api.server.put("/relays/ses", "{\"host\":\"email-smtp.eu-west-1.amazonaws.com\"}");
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void putShouldKeepTheWholeRoute() {
        Answer answer = api.server.put(
                "/routes/bulk",
                "{\"position\":10,\"when\":{\"tenant\":\"acme\",\"stream\":\"broadcast\",\"senderDomain\":\"Example.com\","
                        + "\"recipientDomain\":\"*.example.org\"},\"via\":[\"relay:ses\",\"simulator\"]}");

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.text())
                .isEqualTo("{\"name\":\"bulk\",\"position\":10,\"when\":{\"tenant\":\"acme\",\"stream\":\"broadcast\","
                        + "\"senderDomain\":\"example.com\",\"recipientDomain\":\"*.example.org\"},"
                        + "\"via\":[\"relay:ses\",\"simulator\"]}");
        assertThat(api.server.get("/routes/bulk").text()).isEqualTo(answer.text());
    }

    @Test
    void theDefaultRouteShouldNeedNoPositionAndStay() {
        Answer answer = api.server.put("/routes/default", "{\"via\":[\"relay:ses\"]}");

        assertThat(answer.status()).isEqualTo(201);
        assertThat(api.server
                        .put("/routes/default", "{\"via\":[\"simulator\"]}")
                        .status())
                .isEqualTo(200);
        assertThat(api.server.delete("/routes/default").status()).isEqualTo(409);
        assertThat(api.server.get("/routes/default").json().get("via").toString())
                .isEqualTo("[\"simulator\"]");
    }

    @Test
    void listShouldGoInTheOrderOfTheRoutes() {
        api.server.put("/routes/default", "{\"via\":[\"simulator\"]}");
        api.server.put("/routes/a", "{\"position\":2,\"via\":[\"simulator\"]}");
        api.server.put("/routes/b", "{\"position\":1,\"via\":[\"simulator\"]}");

        Answer first = api.server.get("/routes?limit=2");
        Answer second = api.server.get(
                "/routes?limit=2&cursor=" + first.json().get("nextCursor").asText());

        assertThat(first.json().get("items").findValuesAsText("name")).containsExactly("b", "a");
        assertThat(second.json().get("items").findValuesAsText("name")).containsExactly("default");
        assertThat(second.json().get("nextCursor").isNull()).isTrue();
        assertThat(api.server.get("/routes?cursor=unknown").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"via\":[\"simulator\"]}|position: missing",
                "{\"position\":1}|via: missing",
                "{\"position\":1,\"via\":[]}|via: empty",
                "{\"position\":1,\"via\":\"simulator\"}|via: wrong type (expected: an array)",
                "{\"position\":1,\"via\":[1]}|via[0]: wrong type (expected: a string)",
                "{\"position\":1,\"via\":[null]}|via: null",
                "{\"position\":1,\"via\":[\"direct:pool1\"]}|via: there is no pool 'pool1' (expected: one that PUT /pools/pool1 made)",
                "{\"position\":1,\"via\":[\"direct:\"]}|via: 'direct:' (expected: simulator, relay:NAME, direct or direct:POOL)",
                "{\"position\":1,\"via\":[\"direct\",\"direct:default\"]}|expected: each hop once",
                "{\"position\":1,\"via\":[\"carrier pigeon\"]}|via: 'carrier pigeon' (expected: simulator, relay:NAME, direct or direct:POOL)",
                "{\"position\":1,\"via\":[\"relay:nope\"]}|via: there is no relay 'nope'",
                "{\"position\":1,\"via\":[\"relay:ses\",\"relay:ses\"]}|expected: each hop once",
                "{\"position\":1,\"via\":[\"simulator\"],\"when\":{\"provider\":\"gmail\"}}|when.provider: providers come with a later version",
                "{\"position\":1,\"via\":[\"simulator\"],\"when\":{\"tenant\":\"nobody\"}}|when.tenant: there is no tenant 'nobody'",
                "{\"position\":1,\"via\":[\"simulator\"],\"when\":{\"senderDomain\":\"a@b\"}}|when.senderDomain: 'a@b' (expected:",
                "{\"position\":1,\"via\":[\"simulator\"],\"when\":{\"recipientDomain\":\"a.*\"}}|when.recipientDomain: 'a.*' (expected:",
                "{\"position\":1,\"via\":[\"simulator\"],\"when\":{\"reciepient\":\"x\"}}|when.reciepient: unknown property (expected one of: provider,"
            })
    void putShouldSayWhatIsWrong(String body, String error) {
        Answer answer = api.server.put("/routes/bulk", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains(error);
        assertThat(api.server.get("/routes").json().get("items")).isEmpty();
    }

    @Test
    void theDefaultRouteShouldTakeNoCondition() {
        Answer answer = api.server.put("/routes/default", "{\"when\":{\"tenant\":\"acme\"},\"via\":[\"simulator\"]}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains("expected: empty for the route 'default'");
    }

    @Test
    void deleteShouldRemoveOnce() {
        api.server.put("/routes/a", "{\"position\":2,\"via\":[\"simulator\"]}");

        assertThat(api.server.delete("/routes/a").status()).isEqualTo(204);
        assertThat(api.server.delete("/routes/a").status()).isEqualTo(404);
        assertThat(api.server.get("/routes/a").status()).isEqualTo(404);
    }
}
