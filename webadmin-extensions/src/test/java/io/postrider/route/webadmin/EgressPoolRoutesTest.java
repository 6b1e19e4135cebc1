package io.postrider.route.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.admin.webadmin.AdminApi;
import io.postrider.admin.webadmin.AdminServer.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EgressPoolRoutesTest {
    private static final String BULK =
            "{\"sources\":[{\"address\":\"192.0.2.7\",\"ehloName\":\"out7.example.com\",\"weight\":3},"
                    + "{\"address\":\"2001:db8::7\"}]}";

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
    void putShouldKeepTheSourcesAndFillInTheDefaults() {
        Answer answer = api.server.put("/pools/bulk", BULK);

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.text())
                .isEqualTo("{\"name\":\"bulk\",\"sources\":["
                        + "{\"address\":\"192.0.2.7\",\"ehloName\":\"out7.example.com\",\"weight\":3},"
                        + "{\"address\":\"2001:db8:0:0:0:0:0:7\",\"ehloName\":null,\"weight\":1}]}");
        assertThat(api.server.get("/pools/bulk").text()).isEqualTo(answer.text());
        assertThat(api.server.put("/pools/bulk", BULK).status()).isEqualTo(200);
        assertThat(api.server.get("/pools").json().get("items")).hasSize(1);
    }

    @Test
    void aRouteShouldNameAPoolThatExists() {
        api.server.put("/pools/bulk", BULK);

        assertThat(api.server
                        .put("/routes/b", "{\"position\":1,\"via\":[\"direct:bulk\",\"direct\"]}")
                        .text())
                .contains("\"via\":[\"direct:bulk\",\"direct\"]");
    }

    @Test
    void aPoolThatARouteNamesShouldStay() {
        api.server.put("/pools/bulk", BULK);
        api.server.put("/routes/b", "{\"position\":1,\"via\":[\"direct:bulk\"]}");

        Answer answer = api.server.delete("/pools/bulk");
        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.error()).contains("still in the way of: b");

        api.server.delete("/routes/b");
        assertThat(api.server.delete("/pools/bulk").status()).isEqualTo(204);
        assertThat(api.server.get("/pools/bulk").status()).isEqualTo(404);
        assertThat(api.server.delete("/pools/bulk").status()).isEqualTo(404);
    }

    @Test
    void theEntryOfTheDefaultPoolShouldGoWhateverNamesIt() {
        api.server.put("/pools/default", BULK);
        api.server.put("/routes/b", "{\"position\":1,\"via\":[\"direct\"]}");

        assertThat(api.server.delete("/pools/default").status()).isEqualTo(204);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|sources: missing",
                "{\"sources\":[]}|sources: missing",
                "{\"sources\":[{}]}|sources.address: missing",
                "{\"sources\":[{\"address\":\"out.example.com\"}]}|sources.address: 'out.example.com' (expected: an IPv4 or IPv6",
                "{\"sources\":[{\"address\":\"300.1.1.1\"}]}|sources.address: '300.1.1.1' (expected: an IPv4 or IPv6",
                "{\"sources\":[{\"address\":\"0.0.0.0\"}]}|address: 0.0.0.0 (expected: one address of this machine",
                "{\"sources\":[{\"address\":\"224.0.0.1\"}]}|address: 224.0.0.1 (expected: one address of this machine",
                "{\"sources\":[{\"address\":\"192.0.2.1\",\"weight\":0}]}|weight: 0 (expected: 1 to 1000000)",
                "{\"sources\":[{\"address\":\"192.0.2.1\",\"ehloName\":\"a b\"}]}|ehloName: 'a b' (expected: a host name)",
                "{\"sources\":[{\"address\":\"192.0.2.1\"},{\"address\":\"192.0.2.1\"}]}|an address stands twice"
            })
    void putShouldSayWhatIsWrong(String body, String error) {
        Answer answer = api.server.put("/pools/bulk", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains(error);
    }
}
