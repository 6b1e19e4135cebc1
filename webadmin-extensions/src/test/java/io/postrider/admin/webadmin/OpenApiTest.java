package io.postrider.admin.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import spark.route.HttpMethod;
import spark.routematch.RouteMatch;

class OpenApiTest {
    private static final Set<HttpMethod> METHODS =
            Set.of(HttpMethod.get, HttpMethod.put, HttpMethod.post, HttpMethod.delete, HttpMethod.patch);

    private static final Pattern HEADING = Pattern.compile("([A-Z]+) (/\\S*)`");

    /** The status, and behind it the type and the block that shows the body, if there is one. */
    private static final Pattern ANSWER =
            Pattern.compile("(?s)Answers `(\\d{3})[^`]*`(?: `([a-z0-9/]+)`)?[^\\n]*\\n(?:```\\w*\\n(.*?)```)?");

    private static final OpenApi FILE = new OpenApi();
    private static AdminApi api;

    @BeforeAll
    static void start() {
        api = new AdminApi();
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @Test
    void theFileShouldDescribeExactlyTheRoutesThatAreThere() {
        assertThat(FILE.operations()).isEqualTo(routes());
    }

    @Test
    void eachRouteShouldNeedTheToken() {
        for (String route : routes()) {
            String method = route.split(" ")[0];
            String path = route.split(" ")[1].replaceAll("\\{[a-z]+}", "x");

            assertThat(api.server.send(api.server.request(method, path, null)).status())
                    .as(route)
                    .isEqualTo(401);
            assertThat(api.server
                            .send(api.server.request(method, path, null).header("Authorization", "Bearer wrong"))
                            .status())
                    .as(route)
                    .isEqualTo(401);
        }
    }

    @Test
    void allReferencesOfTheFileShouldLeadSomewhere() {
        assertThat(FILE.root().findValues("$ref"))
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(
                                FILE.root().at(reference.asText().substring(1)).isMissingNode())
                        .as(reference.asText())
                        .isFalse());
    }

    @Test
    void eachOperationShouldHaveAnIdOfItsOwnAndDeclareThePartsOfItsPath() {
        Set<String> ids = new HashSet<>();
        FILE.root().get("paths").properties().forEach(path -> {
            Set<String> declared = new TreeSet<>();
            path.getValue()
                    .path("parameters")
                    .forEach(parameter ->
                            declared.add(FILE.resolved(parameter).get("name").asText()));
            assertThat(declared)
                    .as(path.getKey())
                    .allMatch(name -> path.getKey().contains("{" + name + "}"));
            assertThat(declared).hasSize(path.getKey().split("\\{", -1).length - 1);
            for (JsonNode operation : path.getValue()) {
                if (operation.isObject()) {
                    assertThat(ids.add(operation.get("operationId").asText()))
                            .as(path.getKey())
                            .isTrue();
                }
            }
        });
    }

    @Test
    void anAnswerThatIsNotAsDescribedShouldBeNoticed() {
        assertThat(complaints(
                        "GET",
                        "/tenants/acme",
                        200,
                        "{\"name\":\"acme\",\"createdAt\":\"2026-11-25T08:00:00.123Z\",\"bounceReports\":\"none\"}"))
                .isEmpty();
        assertThat(complaints(
                        "GET", "/tenants/acme", 200, "{\"name\":\"A\",\"createdAt\":\"2026-11-25T08:00:00Z\",\"x\":1}"))
                .hasSize(4);
        assertThat(complaints("GET", "/tenants/acme", 200, "{\"name\":null}")).hasSize(3);
        assertThat(complaints("GET", "/tenants", 200, "{\"items\":[{\"name\":7}],\"nextCursor\":null}"))
                .hasSize(3);
        assertThat(complaints("DELETE", "/tenants/acme", 204, "{}")).hasSize(1);
        assertThat(complaints("GET", "/tenants/acme", 302, "{}")).hasSize(1);
    }

    private static List<String> complaints(String method, String path, int status, String json) {
        return FILE.complaints(method, path, status, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theFileShouldBeServed() {
        AdminServer.Answer answer = api.server.get("/openapi.yaml");

        assertThat(answer.header("Content-Type")).startsWith("application/yaml");
        assertThat(answer.text()).startsWith("openapi: 3.0.3");
    }

    @Test
    void theReferenceShouldShowEachOperationWithAnAnswerAsTheFileDescribesIt() throws IOException {
        String reference = Files.readString(Path.of("../docs/reference/admin-api.md"));
        Set<String> shown = new TreeSet<>();
        for (String section : reference.split("(?m)^### `")) {
            Matcher heading = HEADING.matcher(section);
            if (!heading.lookingAt()) {
                continue;
            }
            shown.add(heading.group(1) + " " + heading.group(2));
            assertThat(section).as(heading.group()).contains("curl ");
            Matcher answer = ANSWER.matcher(section);
            assertThat(answer.find()).as("answer of " + heading.group()).isTrue();
            String json = answer.group(3);
            assertThat(FILE.complaints(
                            heading.group(1),
                            heading.group(2),
                            Integer.parseInt(answer.group(1)),
                            answer.group(2) == null ? "" : answer.group(2),
                            json == null ? new byte[0] : json.getBytes(StandardCharsets.UTF_8)))
                    .as(heading.group())
                    .isEmpty();
        }

        assertThat(shown).isEqualTo(FILE.operations());
    }

    private static Set<String> routes() {
        return api.server.routes().stream()
                .filter(route -> METHODS.contains(route.getHttpMethod()))
                .map(OpenApiTest::asOperation)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String asOperation(RouteMatch route) {
        return route.getHttpMethod().name().toUpperCase(Locale.ROOT) + " "
                + route.getMatchUri().replaceAll(":([a-z]+)", "{$1}");
    }
}
