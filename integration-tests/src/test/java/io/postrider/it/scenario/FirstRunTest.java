package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.postrider.it.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first start of a node, the next ones, and its end. */
class FirstRunTest {
    private static final String TOKEN = "a-token-of-our-own-choice-0123456789";

    @TempDir
    Path directory;

    @Test
    void aNodeShouldTellItsSecretsOnceAndKeepItsHomeToItself() throws Exception {
        Path home = directory.resolve("home");
        try (ServerProcess process = ServerProcess.start(
                home,
                Map.of(
                        "POSTRIDER_ADMIN_TOKEN", TOKEN,
                        "POSTRIDER_ADMIN_CORS_ORIGIN", "https://console.example",
                        "POSTRIDER_SUBMISSION_AUTH_WITHOUT_TLS", "true",
                        "POSTRIDER_RETRY_SCHEDULE", "3s"))) {
            Node node = new Node(process);
            JsonNode firstRun = new ObjectMapper()
                    .readTree(home.resolve("secrets/first-run.json").toFile());

            requireFirstRun(process, firstRun);
            requirePrivate(home.resolve("secrets"));
            requirePrivate(home.resolve("keys"));
            requireTheTokenOfTheEnvironment(node, firstRun);
            requireCorsAsConfigured(node);
            requireAuthWithoutTls(node);
            requireASecondStartIsRefused(process);
            String id = node.submit(node.account(), "defer@there.example");
            node.awaitDelivery(id, "defer@there.example", "deferred", 1);

            String printedByTheFirst = Files.readString(home.resolve("console.log"));
            assertThat(printedByTheFirst)
                    .contains(firstRun.get("smtpPassword").asText())
                    .contains("swaks --server");
            assertThat(process.stop()).isLessThan(Duration.ofSeconds(10));
            process.start();
            // The simulator has forgotten that it met the two before.
            node.awaitDelivery(id, "defer@there.example", "delivered", 3);
            assertThat(process.stop()).isLessThan(Duration.ofSeconds(10));

            String printedByTheSecond =
                    Files.readString(home.resolve("console.log")).substring(printedByTheFirst.length());
            assertThat(printedByTheSecond)
                    .contains("Postrider is ready")
                    .doesNotContain(TOKEN)
                    .doesNotContain(firstRun.get("smtpPassword").asText());
            assertThat(Files.readString(process.log()))
                    .doesNotContain(TOKEN)
                    .doesNotContain(firstRun.get("smtpPassword").asText());
            assertThat(new ObjectMapper()
                            .readTree(home.resolve("secrets/first-run.json").toFile()))
                    .isEqualTo(firstRun);
        }
    }

    private static void requireFirstRun(ServerProcess process, JsonNode firstRun) {
        List<String> keys = new ArrayList<>();
        firstRun.fieldNames().forEachRemaining(keys::add);
        assertThat(keys)
                .containsExactly(
                        "adminUrl", "adminToken", "smtpHost", "smtpPort", "smtpUser", "smtpPassword", "senderDomain");
        assertThat(firstRun.get("adminUrl").asText()).isEqualTo(process.adminUrl());
        assertThat(firstRun.get("smtpHost").asText()).isEqualTo("127.0.0.1");
        assertThat(firstRun.get("smtpPort").asInt())
                .isEqualTo(process.submission().getPort());
    }

    /** What is secret is for the owner alone; a certificate is not secret. */
    private static void requirePrivate(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.toString().endsWith("cert.pem")) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .as(file.toString())
                            .isEqualTo("rw-------");
                }
            }
        }
    }

    private static void requireTheTokenOfTheEnvironment(Node node, JsonNode firstRun) {
        assertThat(firstRun.get("adminToken").asText()).isEqualTo(TOKEN);
        assertThat(node.admin().withToken(TOKEN).get("/tenants").status()).isEqualTo(200);
        assertThat(node.admin().withToken(TOKEN + "x").get("/tenants").status()).isEqualTo(401);
    }

    private static void requireCorsAsConfigured(Node node) {
        Admin.Answer preflight = node.admin()
                .without()
                .call(
                        "OPTIONS",
                        "/messages",
                        Optional.empty(),
                        "Origin",
                        "https://console.example",
                        "Access-Control-Request-Method",
                        "GET");
        assertThat(preflight.status()).isBetween(200, 204);
        assertThat(preflight.headers().allValues("Access-Control-Allow-Origin"))
                .containsExactly("https://console.example");
        assertThat(node.admin().get("/tenants").headers().allValues("Access-Control-Allow-Origin"))
                .containsExactly("https://console.example");
    }

    private static void requireAuthWithoutTls(Node node) {
        try (SmtpTalk talk = node.submission()) {
            assertThat(talk.ehlo().text()).contains("AUTH");
            assertThat(talk.authPlain(node.account().username(), "wrong").code())
                    .isEqualTo(535);
            assertThat(talk.authLogin(node.account().username(), node.account().password())
                            .code())
                    .isEqualTo(235);
            talk.send(
                            node.account().address(),
                            List.of("success@there.example"),
                            Mails.simple(node.account().address(), "Without TLS"))
                    .queuedId();
        }
    }

    private static void requireASecondStartIsRefused(ServerProcess running) throws Exception {
        Launch second = Launch.on(running.home(), Map.of("POSTRIDER_ADMIN_PORT", "0"));

        assertThat(second.code()).isNotZero();
        assertThat(second.error())
                .contains(Long.toString(running.pid()))
                .contains(running.home().toString());
        assertThat(running.isAlive()).isTrue();
    }
}
