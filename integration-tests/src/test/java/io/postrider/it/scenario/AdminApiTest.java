package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The admin API as a whole: who may use it, and that the parts that James brings work. */
class AdminApiTest {
    private static final List<String> METHODS = List.of("get", "put", "post", "delete", "patch");

    private final Node node = SharedNode.get();

    private record Call(String method, String path) {}

    @Test
    void eachPathButTheHealthCheckShouldNeedTheToken() throws IOException {
        for (Call call : calls()) {
            for (Admin stranger : List.of(node.admin().without(), node.admin().withToken("not-the-token"))) {
                Admin.Answer answer = stranger.call(call.method(), call.path());

                assertThat(answer.status()).as(call.toString()).isEqualTo(401);
                if (!call.method().equals("HEAD")) {
                    assertThat(answer.json().get("statusCode").asInt()).isEqualTo(401);
                }
                requireNoCors(answer);
            }
        }
    }

    @Test
    void theTokenShouldBeNeededWhateverTheClientAccepts() {
        for (String accept :
                List.of("text/html", "application/json", "application/json, */*;q=0", "message/rfc822", "")) {
            assertThat(node.admin()
                            .without()
                            .call("GET", "/messages", Optional.empty(), "Accept", accept)
                            .status())
                    .as(accept)
                    .isEqualTo(401);
        }
        for (String path : List.of(
                "/healthcheck/../messages",
                "/healthcheck/%2e%2e/messages",
                "//messages",
                "/messages;x=/healthcheck",
                "/messages?/healthcheck")) {
            assertThat(node.admin().without().get(path).status()).as(path).isEqualTo(401);
        }
    }

    @Test
    void noCorsHeaderShouldBeSentUnlessConfigured() {
        for (String method : List.of("GET", "OPTIONS")) {
            requireNoCors(node.admin()
                    .call(
                            method,
                            "/tenants",
                            Optional.empty(),
                            "Origin",
                            "https://evil.example",
                            "Access-Control-Request-Method",
                            "GET"));
            requireNoCors(
                    node.admin().call(method, "/healthcheck", Optional.empty(), "Origin", "https://evil.example"));
        }
    }

    @Test
    void theHealthCheckShouldAnswerAnybody() {
        Admin.Answer answer = node.admin().without().get("/healthcheck");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("status").asText()).isEqualTo("healthy");
        assertThat(Node.texts(answer.json().get("checks"), "componentName")).contains("Broker", "Message log");
    }

    @Test
    void thePartsThatJamesBringsShouldWork() {
        assertThat(node.admin().get("/metrics").orFail().text())
                .contains("# TYPE")
                .contains("jvm_");
        assertThat(node.admin().json("/mailQueues").toString()).contains("\"spool\"");
        assertThat(node.admin().json("/mailQueues/spool").get("name").asText()).isEqualTo("spool");
        assertThat(node.admin().json("/mailRepositories").toString()).contains("\"held\"");
        assertThat(node.admin().json("/mailRepositories/held").get("size").asInt())
                .isZero();
        assertThat(node.admin().json("/tasks").isArray()).isTrue();
        for (String unknown : List.of("/servers", "/nothing/of/this", "/users", "/domains")) {
            assertThat(node.admin().get(unknown).status()).as(unknown).isEqualTo(404);
        }
    }

    @Test
    void anAnswerShouldHaveEachHeaderOnce() {
        Admin.Answer answer = node.admin().get("/tenants");

        answer.headers()
                .map()
                .forEach((name, values) -> assertThat(values).as(name).hasSize(1));
    }

    private static void requireNoCors(Admin.Answer answer) {
        assertThat(answer.headers().map().keySet())
                .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control-"));
    }

    /** Each operation of the OpenAPI file, what James brings, and what nobody knows. */
    private List<Call> calls() throws IOException {
        List<Call> calls = new ArrayList<>();
        JsonNode paths = new YAMLMapper()
                .readTree(node.admin().get("/openapi.yaml").orFail().body())
                .get("paths");
        paths.properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (METHODS.contains(method)) {
                        calls.add(new Call(
                                method.toUpperCase(Locale.ROOT), path.getKey().replaceAll("\\{\\w+}", "x")));
                    }
                }));
        assertThat(calls).hasSizeGreaterThan(25);
        for (String path : List.of(
                "/",
                "/metrics",
                "/mailQueues",
                "/mailQueues/spool",
                "/mailQueues/spool/mails",
                "/mailRepositories",
                "/mailRepositories/held",
                "/mailRepositories/held/mails",
                "/tasks",
                "/tasks/x",
                "/servers",
                "/servers/x",
                "/users",
                "/domains",
                "/nothing",
                "/nothing/of/this",
                "/healthchecks",
                "/healthcheckx",
                "/messages/")) {
            for (String method : List.of("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS")) {
                calls.add(new Call(method, path));
            }
        }
        calls.add(new Call("POST", "/healthcheck"));
        calls.add(new Call("DELETE", "/healthcheck"));
        return calls;
    }
}
