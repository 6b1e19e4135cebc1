package io.postrider.tenant.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.admin.webadmin.AdminApi;
import io.postrider.admin.webadmin.AdminServer.Answer;
import io.postrider.admin.webadmin.InMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialRoutesTest {
    private AdminApi api;

    @BeforeEach
    void start() {
        api = new AdminApi();
        api.server.put("/tenants/acme", null);
        api.server.put("/tenants/other", null);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void postShouldMakeUserNameAndPasswordAndShowThePasswordOnce() {
        Answer made = api.server.post("/credentials", "{\"tenant\":\"acme\"}");
        String username = made.json().get("username").asText();
        String password = made.json().get("password").asText();

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.header("Location")).isEqualTo("/credentials/" + username);
        assertThat(username).startsWith("acme-");
        assertThat(password).matches("[a-z2-9]{32}");
        assertThat(InMemory.hasher().matches(password, stored(username))).isTrue();
        assertThat(api.server.get("/credentials/" + username).json().has("password"))
                .isFalse();
    }

    @Test
    void generatedPasswordsShouldDiffer() {
        assertThat(api.server
                        .post("/credentials", "{\"tenant\":\"acme\"}")
                        .json()
                        .get("password"))
                .isNotEqualTo(api.server
                        .post("/credentials", "{\"tenant\":\"acme\"}")
                        .json()
                        .get("password"));
    }

    @Test
    void noAnswerShouldHoldAHashOrAPasswordThatWasGiven() {
        Answer made = api.server.post(
                "/credentials", "{\"username\":\"app@acme\",\"tenant\":\"acme\",\"password\":\"correct horse\"}");

        assertThat(made.status()).isEqualTo(201);
        assertThat(InMemory.hasher().matches("correct horse", stored("app@acme")))
                .isTrue();
        for (Answer answer : new Answer[] {
            made,
            api.server.get("/credentials/app@acme"),
            api.server.get("/credentials/app%40acme"),
            api.server.get("/credentials")
        }) {
            assertThat(answer.text())
                    .contains("app@acme")
                    .doesNotContain("hash")
                    .doesNotContain("assword");
        }
    }

    @Test
    void postShouldNotReplaceACredential() {
        String body = "{\"username\":\"app\",\"tenant\":\"acme\"}";
        api.server.post("/credentials", body);
        String hash = stored("app");

        assertThat(api.server.post("/credentials", body).status()).isEqualTo(409);
        assertThat(stored("app")).isEqualTo(hash);
    }

    @Test
    void putShouldKeepThePasswordWhenNoneIsGiven() {
        api.server.post("/credentials", "{\"username\":\"app\",\"tenant\":\"acme\",\"description\":\"shop\"}");
        String hash = stored("app");

        Answer answer = api.server.put(
                "/credentials/app", "{\"tenant\":\"acme\",\"description\":\"old shop\",\"disabled\":true}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text())
                .isEqualTo("{\"username\":\"app\",\"tenant\":\"acme\",\"description\":\"old shop\",\"disabled\":true,"
                        + "\"createdAt\":\"2026-11-25T08:00:00.123Z\"}");
        assertThat(stored("app")).isEqualTo(hash);
    }

    @Test
    void putShouldChangeThePasswordWhenOneIsGiven() {
        api.server.post("/credentials", "{\"username\":\"app\",\"tenant\":\"acme\"}");

        api.server.put("/credentials/app", "{\"tenant\":\"acme\",\"password\":\"another one\"}");

        assertThat(InMemory.hasher().matches("another one", stored("app"))).isTrue();
    }

    @Test
    void putShouldMakeACredentialThatIsNotThereAndShowItsPassword() {
        Answer answer = api.server.put("/credentials/app+tag", "{\"tenant\":\"acme\"}");

        assertThat(answer.status()).isEqualTo(201);
        assertThat(InMemory.hasher().matches(answer.json().get("password").asText(), stored("app+tag")))
                .isTrue();
    }

    @Test
    void listShouldShowThoseOfOneTenant() {
        api.server.post("/credentials", "{\"username\":\"a\",\"tenant\":\"acme\"}");
        api.server.post("/credentials", "{\"username\":\"b\",\"tenant\":\"other\"}");

        assertThat(api.server
                        .get("/credentials?tenant=other")
                        .json()
                        .get("items")
                        .findValuesAsText("username"))
                .containsExactly("b");
        assertThat(api.server.get("/credentials").json().get("items").findValuesAsText("username"))
                .containsExactly("a", "b");
    }

    @Test
    void deleteShouldRemoveOnce() {
        api.server.post("/credentials", "{\"username\":\"a\",\"tenant\":\"acme\"}");

        assertThat(api.server.delete("/credentials/a").status()).isEqualTo(204);
        assertThat(api.server.delete("/credentials/a").status()).isEqualTo(404);
        assertThat(api.server.get("/credentials/a").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|tenant: missing",
                "{\"tenant\":\"nobody\"}|there is no tenant 'nobody'",
                "{\"tenant\":\"No\"}|tenant: 'No' (expected: 1 to 63 of",
                "{\"tenant\":7}|tenant: wrong type (expected: a string)",
                "{\"tenant\":\"acme\",\"username\":\"a b\"}|username: 'a b' (expected:",
                "{\"tenant\":\"acme\",\"username\":\"\"}|username: '' (expected:",
                "{\"tenant\":\"acme\",\"password\":\"hunter2\"}|password: 7 characters (expected: 8 to 128",
                "{\"tenant\":\"acme\",\"password\":\"hunter2\\u0000hunter2\"}|no control characters",
                "{\"tenant\":\"acme\",\"pasword\":\"hunter2hunter2\"}|pasword: unknown property (expected one of: description, password, tenant, username)",
                "{\"tenant\":\"acme\",\"tenant\":\"other\"}|body: not JSON",
                "[]|body: wrong type (expected: an object)",
                "null|body: null",
                "{\"tenant\":|body: not JSON, line 1",
                "{\"tenant\":\"acme\"} x|body: not JSON",
                "``|body: empty (expected: a JSON object)"
            })
    void postShouldSayWhatIsWrong(String body, String error) {
        Answer answer = api.server.post("/credentials", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains(error);
        assertThat(answer.text()).doesNotContain("hunter2");
        assertThat(api.store.credentialRows).isEmpty();
    }

    @Test
    void aBodyOfMoreThanAMebibyteShouldBeRefused() {
        String large = "{\"tenant\":\"acme\",\"description\":\"" + "x".repeat(1024 * 1024) + "\"}";

        assertThat(api.server.post("/credentials", large).status()).isEqualTo(413);
    }

    @Test
    void aLargeBodyWithoutALengthShouldBeRefusedToo() {
        byte[] large = "x".repeat(1024 * 1024 + 1).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        Answer answer = api.server.send(api.server
                .request("POST", "/credentials", null)
                .header("Authorization", "Bearer " + io.postrider.admin.webadmin.AdminServer.TOKEN)
                .POST(java.net.http.HttpRequest.BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(large))));

        assertThat(answer.status()).isEqualTo(413);
    }

    private String stored(String username) {
        return api.store.credentialRows.get(username).passwordHash();
    }
}
