package io.postrider.admin.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.store.StoreUnavailableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.apache.james.webadmin.Routes;
import org.apache.james.webadmin.dropwizard.MetricsRoutes;
import org.apache.james.webadmin.routes.HealthCheckRoutes;
import org.apache.james.webadmin.utils.JsonTransformer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import spark.Service;

class AdminGuardTest {
    private static final String SECRET_OF_THE_INSIDE = "jdbc:secret";

    private static AdminServer server;

    @BeforeAll
    static void start() {
        server = AdminServer.with(
                new MetricsRoutes(new MetricRegistry()),
                new HealthCheckRoutes(Set.of(), new JsonTransformer()),
                new OpenApiRoutes(),
                new FailingRoutes());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/metrics",
                "/openapi.yaml",
                "/failing/store",
                "/",
                "/unknown",
                "/unknown/below",
                "/healthchecks",
                "/healthcheckfoo/bar",
                "/HEALTHCHECK",
                "/metrics?name[]=x",
                "//metrics",
                "/healthcheck/../metrics",
                "/healthcheck/..%2Fmetrics",
                "/healthcheck/%2e%2e/metrics",
                "/healthcheck/..;/metrics",
                "/healthcheck;/../metrics"
            })
    void everyPathShouldNeedTheToken(String path) throws IOException {
        for (String method : List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")) {
            assertThat(rawStatus(method, path, "")).as(method + " " + path).isIn(401, 400);
            assertThat(rawStatus(method, path, "Authorization: Bearer wrong\r\n"))
                    .as(method + " " + path)
                    .isIn(401, 400);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "Basic dGVzdC10b2tlbi0wMTIzNDU2Nzg5",
                "Bearer test-token-012345678",
                AdminServer.TOKEN
            })
    void aTokenThatIsNotTheTokenShouldBeRefused(String header) throws IOException {
        assertThat(rawStatus("GET", "/metrics", "Authorization: " + header + "\r\n"))
                .isEqualTo(401);
    }

    /** Spark runs a filter only where its own Accept type would do, so a filter for all types can be refused by the client. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json, */*;q=0",
                "application/json, application/*;q=0, */*;q=0",
                "message/rfc822, */*;q=0",
                "*/*;q=0",
                "text/html;q=0",
                "x",
                ","
            })
    void noAcceptHeaderShouldGoAroundTheGuard(String accept) throws IOException {
        String header = "Accept: " + accept + "\r\n";

        assertThat(rawStatus("GET", "/failing/typed", header)).isNotEqualTo(200);
        assertThat(rawStatus("GET", "/failing/mail", header)).isNotEqualTo(200);
        assertThat(rawStatus("GET", "/metrics", header)).isNotEqualTo(200);
        assertThat(rawStatus("GET", "/failing/typed", "Accept: application/json, */*;q=0\r\n"))
                .isEqualTo(401);
        assertThat(rawStatus(
                        "GET",
                        "/failing/typed",
                        "Accept: application/json\r\nAuthorization: Bearer " + AdminServer.TOKEN + "\r\n"))
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DELETE | /mailQueues/spool/mails?recpient=bob@example.com | recpient | recipient",
                "DELETE | /mailQueues/spool/mails?name=x&foo=1 | foo | name",
                "GET | /mailQueues/spool/mails?delayd=true | delayd | delayed",
                "PATCH | /mailRepositories/held/mails?action=reprocess&proccessor=x | proccessor | processor",
                "PUT | /relays/x?dry=1 | dry | none",
                "DELETE | /tenants/t1?force=true | force | none",
                "POST | /sweeper/run?dry=true | dry | none",
                "GET | /queues/spool?limit=1 | limit | none"
            })
    void aQueryParameterThatNobodyReadsShouldBeRefusedBeforeAnythingIsDone(
            String method, String path, String got, String expected) {
        AdminServer.Answer answer =
                server.send(server.request(method, path, null).header("Authorization", "Bearer " + AdminServer.TOKEN));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("InvalidArgument", "'" + got + "'", expected);
    }

    @Test
    void theRefusalShouldBeJsonOfJamesWithAChallenge() {
        AdminServer.Answer answer = server.send(server.request("GET", "/metrics", null));

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer");
        assertThat(answer.header("Content-Type")).startsWith("application/json");
        assertThat(answer.json().get("statusCode").asInt()).isEqualTo(401);
        assertThat(answer.json().get("type").asText()).isEqualTo("Unauthorized");
        assertThat(answer.json().get("message").asText()).contains("Authorization: Bearer TOKEN");
        assertThat(answer.json().get("details").isNull()).isTrue();
    }

    @Test
    void theTokenShouldOpenWhatIsThere() {
        assertThat(server.get("/metrics").status()).isEqualTo(200);
        assertThat(server.get("/openapi.yaml").status()).isEqualTo(200);
        assertThat(server.get("/unknown").status()).isEqualTo(404);
    }

    @Test
    void theSchemeOfTheTokenShouldHaveNoCase() throws IOException {
        assertThat(rawStatus("GET", "/metrics", "Authorization: bearer " + AdminServer.TOKEN + "\r\n"))
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthcheck", "/healthcheck/checks"})
    void theHealthCheckShouldNeedNoToken(String path) throws IOException {
        assertThat(rawStatus("GET", path, "")).isEqualTo(200);
        assertThat(rawStatus("HEAD", path, "")).isEqualTo(200);
        assertThat(rawStatus("POST", path, "")).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthcheck", "/metrics", "/unknown", "/failing/store", "/failing/bug", "/failing/input"})
    void noCorsHeaderShouldLeave(String path) {
        for (String method : List.of("GET", "OPTIONS")) {
            for (String token : List.of(AdminServer.TOKEN, "wrong")) {
                AdminServer.Answer answer = server.send(server.request(method, path, null)
                        .header("Authorization", "Bearer " + token)
                        .header("Origin", "https://evil.example")
                        .header("Access-Control-Request-Method", "DELETE")
                        .header("Access-Control-Request-Headers", "authorization"));

                assertThat(answer.response().headers().map().keySet())
                        .noneMatch(
                                name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
            }
        }
    }

    @Test
    void aConfiguredOriginShouldBeTheOnlyOne() {
        try (AdminServer open = AdminServer.withOrigin("https://console.example", new OpenApiRoutes())) {
            AdminServer.Answer preflight = open.send(open.request("OPTIONS", "/openapi.yaml", null)
                    .header("Origin", "https://console.example")
                    .header("Access-Control-Request-Method", "GET"));
            AdminServer.Answer answer = open.get("/openapi.yaml");
            AdminServer.Answer refusal = open.send(open.request("GET", "/openapi.yaml", null));

            assertThat(preflight.status()).isEqualTo(200);
            assertThat(preflight.header("Access-Control-Allow-Headers")).contains("Authorization");
            assertThat(List.of(preflight, answer, refusal))
                    .allSatisfy(each -> assertThat(each.header("Access-Control-Allow-Origin"))
                            .isEqualTo("https://console.example"));
            assertThat(refusal.status()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"store", "queue"})
    void aStoreOrAQueueThatDoesNotAnswerShouldBe503(String part) {
        AdminServer.Answer answer = server.get("/failing/" + part);

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isEqualTo("5");
        assertThat(answer.json().get("type").asText()).isEqualTo("ServerError");
        assertThat(answer.text()).doesNotContain(SECRET_OF_THE_INSIDE);
    }

    @Test
    void aBugShouldBe500WithoutAWordAboutTheInside() {
        AdminServer.Answer answer = server.get("/failing/bug");

        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.header("Content-Type")).startsWith("application/json");
        assertThat(answer.text()).doesNotContain(SECRET_OF_THE_INSIDE).doesNotContain("Exception");
    }

    @Test
    void badInputShouldBe400WithTheReason() {
        AdminServer.Answer answer = server.get("/failing/input");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).isEqualTo("name: 'X' (expected: lower case)");
    }

    @Test
    void anAnswerShouldNotBeCached() {
        assertThat(server.get("/openapi.yaml").header("Cache-Control")).isEqualTo("no-store");
    }

    private static int rawStatus(String method, String path, String headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String request = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers
                    + "Content-Length: 0\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            return Integer.parseInt(answer.split(" ")[1]);
        }
    }

    private static final class FailingRoutes implements Routes {
        @Override
        public String getBasePath() {
            return "/failing";
        }

        @Override
        public void define(Service service) {
            service.get("/failing/typed", "application/json", (request, response) -> "{}");
            service.get("/failing/mail", "message/rfc822", (request, response) -> "Subject: x");
            service.get("/failing/store", (request, response) -> {
                throw new StoreUnavailableException("find", new IOException(SECRET_OF_THE_INSIDE));
            });
            service.get("/failing/queue", (request, response) -> {
                throw new QueueUnavailableException("find", new IOException(SECRET_OF_THE_INSIDE));
            });
            service.get("/failing/bug", (request, response) -> {
                throw new IllegalStateException(SECRET_OF_THE_INSIDE);
            });
            service.get("/failing/input", (request, response) -> {
                throw new IllegalArgumentException("name: 'X' (expected: lower case)");
            });
        }
    }
}
