package io.postrider.tenant.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.admin.webadmin.AdminApi;
import io.postrider.admin.webadmin.AdminServer.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantRoutesTest {
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
    void putShouldMakeATenantOnceAndKeepItAfterwards() {
        Answer first = api.server.put("/tenants/acme", "");
        Answer second = api.server.put("/tenants/acme", "{}");

        assertThat(first.status()).isEqualTo(201);
        assertThat(first.text())
                .isEqualTo("{\"name\":\"acme\",\"createdAt\":\"2026-11-25T08:00:00.123Z\",\"bounceReports\":\"none\"}");
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.text()).isEqualTo(first.text());
        assertThat(api.server.get("/tenants/acme").text()).isEqualTo(first.text());
    }

    @Test
    void putShouldRefuseProperties() {
        Answer answer = api.server.put("/tenants/acme", "{\"colour\":\"red\"}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).isEqualTo("colour: unknown property (expected one of: bounceReports)");
    }

    @Test
    void theReportsThatATenantWantsShouldBeSetAndKept() {
        api.server.put("/tenants/acme", "{\"bounceReports\":\"failureAndDelay\"}");
        assertThat(api.server
                        .put("/tenants/acme", "")
                        .json()
                        .get("bounceReports")
                        .asText())
                .isEqualTo("failureAndDelay");

        api.server.put("/tenants/acme", "{\"bounceReports\":\"none\"}");
        assertThat(api.server.get("/tenants/acme").json().get("bounceReports").asText())
                .isEqualTo("none");
        assertThat(api.server
                        .put("/tenants/acme", "{\"bounceReports\":\"all\"}")
                        .error())
                .isEqualTo("bounceReports: 'all' (expected: none, failure, failureAndDelay)");
    }

    @Test
    void listShouldGoOnBehindTheCursor() {
        for (String name : new String[] {"c", "a", "b"}) {
            api.server.put("/tenants/" + name, null);
        }

        Answer first = api.server.get("/tenants?limit=2");
        Answer second = api.server.get(
                "/tenants?limit=2&cursor=" + first.json().get("nextCursor").asText());

        assertThat(first.json().get("items").findValuesAsText("name")).containsExactly("a", "b");
        assertThat(second.json().get("items").findValuesAsText("name")).containsExactly("c");
        assertThat(second.json().get("nextCursor").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1001", "-1", "x", "1.5", "99999999999"})
    void listShouldRefuseALimitOutOfRange(String limit) {
        Answer answer = api.server.get("/tenants?limit=" + limit);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).isEqualTo("limit: '" + limit + "' (expected: 1 to 1000)");
    }

    @Test
    void listShouldRefuseAParameterThatItDoesNotKnow() {
        assertThat(api.server.get("/tenants?limt=2").error())
                .isEqualTo("query parameter: 'limt' (expected one of: cursor, limit)");
        assertThat(api.server.get("/tenants?limit=2&limit=3").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ACME", "-a", "a_b", "a%2Fb", "a+b", "%C3%A4", "%20", "a%FF"})
    void aNameThatCannotBeShouldBeRefused(String name) {
        assertThat(api.server.get("/tenants/" + name).status()).isEqualTo(400);
        assertThat(api.server.put("/tenants/" + name, null).status()).isEqualTo(400);
        assertThat(api.server.delete("/tenants/" + name).status()).isEqualTo(400);
    }

    @Test
    void aTenantThatIsNotThereShouldBe404() {
        assertThat(api.server.get("/tenants/nobody").status()).isEqualTo(404);
        assertThat(api.server.delete("/tenants/nobody").json().get("message").asText())
                .isEqualTo("There is no tenant 'nobody'");
    }

    @Test
    void deleteShouldWaitUntilTheTenantOwnsNothing() {
        api.server.put("/tenants/acme", null);
        api.server.put("/sendingDomains/example.com", "{\"tenant\":\"acme\"}");

        Answer refusal = api.server.delete("/tenants/acme");
        api.server.delete("/sendingDomains/example.com");
        Answer done = api.server.delete("/tenants/acme");

        assertThat(refusal.status()).isEqualTo(409);
        assertThat(refusal.error()).contains("'acme' still owns");
        assertThat(done.status()).isEqualTo(204);
        assertThat(api.server.get("/tenants/acme").status()).isEqualTo(404);
    }
}
