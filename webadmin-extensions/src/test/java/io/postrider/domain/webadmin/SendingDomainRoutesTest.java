package io.postrider.domain.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.admin.webadmin.AdminApi;
import io.postrider.admin.webadmin.AdminServer.Answer;
import io.postrider.domain.DkimKey;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SendingDomainRoutesTest {
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
    void putShouldAnswerTheRecordsToPublishWithTheKeyThatSigns() throws GeneralSecurityException {
        Answer answer = api.server.put("/sendingDomains/example.com", "{\"tenant\":\"acme\"}");

        assertThat(answer.status()).isEqualTo(201);
        JsonNode records = answer.json().get("dnsRecords");
        assertThat(records.findValuesAsText("name"))
                .containsExactly(
                        "pr1._domainkey.example.com", "bounce.example.com", "bounce.example.com", "_dmarc.example.com");
        String value = records.get(0).get("value").asText();
        assertThat(value).startsWith("v=DKIM1; k=rsa; p=");
        RSAPublicKey published = (RSAPublicKey) KeyFactory.getInstance("RSA")
                .generatePublic(
                        new X509EncodedKeySpec(Base64.getDecoder().decode(value.substring(value.indexOf("p=") + 2))));
        assertThat(published.getModulus().bitLength()).isEqualTo(2048);
        assertThat(verifies(
                        published,
                        api.store.domainRows.get("example.com").keys().get(0)))
                .isTrue();
    }

    @Test
    void noAnswerShouldHoldThePrivateKey() {
        api.server.put("/sendingDomains/example.com", "{\"tenant\":\"acme\"}");
        byte[] key = api.store.domainRows.get("example.com").keys().get(0).privateKey();
        String somePart = Base64.getEncoder().encodeToString(key).substring(200, 240);

        assertThat(api.server.get("/sendingDomains/example.com").text()).doesNotContain(somePart);
        assertThat(api.server
                        .get("/sendingDomains/example.com")
                        .json()
                        .get("keys")
                        .toString())
                .isEqualTo("[{\"selector\":\"pr1\",\"active\":true,\"createdAt\":\"2026-11-25T08:00:00.123Z\"}]");
    }

    @Test
    void putAgainShouldKeepTheKeyAndTheReturnPath() {
        Answer first = api.server.put(
                "/sendingDomains/example.com", "{\"tenant\":\"acme\",\"returnPathDomain\":\"rp.example.com\"}");
        Answer second = api.server.put("/sendingDomains/example.com", "{\"tenant\":\"acme\"}");

        assertThat(second.status()).isEqualTo(200);
        assertThat(second.text()).isEqualTo(first.text());
        assertThat(api.server.get("/sendingDomains/example.com").text()).isEqualTo(first.text());
    }

    @Test
    void putShouldChangeTheReturnPathAndKeepTheKey() {
        Answer first = api.server.put("/sendingDomains/example.com", "{\"tenant\":\"acme\"}");
        Answer second = api.server.put(
                "/sendingDomains/example.com", "{\"tenant\":\"acme\",\"returnPathDomain\":\"RP.example.com\"}");

        assertThat(second.json().get("returnPathDomain").asText()).isEqualTo("rp.example.com");
        assertThat(second.json().get("dnsRecords").get(0))
                .isEqualTo(first.json().get("dnsRecords").get(0));
    }

    @Test
    void putShouldNotTakeADomainFromAnotherTenant() {
        api.server.put("/sendingDomains/example.com", "{\"tenant\":\"acme\"}");

        Answer answer = api.server.put("/sendingDomains/EXAMPLE.com", "{\"tenant\":\"other\"}");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.error()).contains("'example.com' belongs to the tenant 'acme'");
        assertThat(api.store.domainRows.get("example.com").tenant()).isEqualTo("acme");
    }

    @Test
    void aNameInULabelsShouldBecomeALabels() {
        Answer answer = api.server.put("/sendingDomains/B%C3%BCcher.example", "{\"tenant\":\"acme\"}");

        assertThat(answer.json().get("name").asText()).isEqualTo("xn--bcher-kva.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "a..b", "-a.example", "a%20b.example", ".example.com", "example.com.", "[127.0.0.1]"
            })
    void aNameThatIsNoDomainShouldBeRefused(String name) {
        String path = "/sendingDomains/" + name.replace("[", "%5B").replace("]", "%5D");

        assertThat(api.server.put(path, "{\"tenant\":\"acme\"}").status()).isEqualTo(400);
        assertThat(api.server.get(path).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|tenant: missing",
                "{\"tenant\":\"nobody\"}|there is no tenant 'nobody'",
                "{\"tenant\":\"acme\",\"returnPathDomain\":\"bounce.example.org\"}|expected: a host name below example.com",
                "{\"tenant\":\"acme\",\"returnPathDomain\":\"evilexample.com\"}|expected: a host name below example.com",
                "{\"tenant\":\"acme\",\"returnPathDomain\":\"x y\"}|returnPathDomain: 'x y' (expected: a host name below",
                "{\"tenant\":\"acme\",\"returnPathDomain\":\"x y.example.com\"}|return-path domain: 'x y.example.com' (expected:",
                "{\"tenant\":\"acme\",\"keys\":[]}|keys: unknown property (expected one of: returnPathDomain, tenant)"
            })
    void putShouldSayWhatIsWrong(String body, String error) {
        Answer answer = api.server.put("/sendingDomains/example.com", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains(error);
        assertThat(api.store.domainRows).isEmpty();
    }

    @Test
    void listShouldShowThoseOfOneTenant() {
        api.server.put("/sendingDomains/a.example", "{\"tenant\":\"acme\"}");
        api.server.put("/sendingDomains/b.example", "{\"tenant\":\"other\"}");

        JsonNode items = api.server.get("/sendingDomains?tenant=other").json().get("items");

        assertThat(items).hasSize(1);
        assertThat(items.get(0).get("name").asText()).isEqualTo("b.example");
        assertThat(api.server.get("/sendingDomains").json().get("items")).hasSize(2);
    }

    @Test
    void deleteShouldRemoveOnce() {
        api.server.put("/sendingDomains/a.example", "{\"tenant\":\"acme\"}");

        assertThat(api.server.delete("/sendingDomains/a.example").status()).isEqualTo(204);
        assertThat(api.server.delete("/sendingDomains/a.example").status()).isEqualTo(404);
        assertThat(api.server.get("/sendingDomains/a.example").status()).isEqualTo(404);
    }

    private static boolean verifies(RSAPublicKey published, DkimKey key) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(key.privateKey())));
        signature.update((byte) 1);
        byte[] signed = signature.sign();
        signature.initVerify(published);
        signature.update((byte) 1);
        return signature.verify(signed);
    }
}
