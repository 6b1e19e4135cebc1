package io.postrider.admin.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.james.metrics.dropwizard.DropWizardMetricFactory;
import org.apache.james.webadmin.Routes;
import org.apache.james.webadmin.WebAdminConfiguration;
import org.apache.james.webadmin.WebAdminServer;
import org.apache.james.webadmin.mdc.LoggingRequestFilter;
import spark.Service;
import spark.routematch.RouteMatch;

/**
 * James's own admin server on a free port of loopback, with the guard, and a client that speaks to it. Each answer to a request with the token is held
 * to the OpenAPI file.
 */
public final class AdminServer implements AutoCloseable {
    public static final String TOKEN = "test-token-0123456789";

    private static final OpenApi OPEN_API = new OpenApi();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final ServiceCapture capture = new ServiceCapture();
    private final Server server;

    private AdminServer(WebAdminConfiguration configuration, List<Routes> routes) {
        BearerTokenFilter filter = new BearerTokenFilter(new AdminToken(TOKEN), configuration);
        List<Routes> all = new ArrayList<>(routes);
        all.add(new AdminGuard(filter, configuration)); // last, as the order of a Guice set may have it
        all.add(capture);
        server = new Server(configuration, all, filter);
        server.start();
    }

    public static AdminServer with(Routes... routes) {
        return new AdminServer(WebAdminConfiguration.TEST_CONFIGURATION, List.of(routes));
    }

    public static AdminServer withOrigin(String origin, Routes... routes) {
        return new AdminServer(
                WebAdminConfiguration.builder()
                        .enabled()
                        .corsEnabled()
                        .urlCORSOrigin(origin)
                        .host("127.0.0.1")
                        .port(WebAdminConfiguration.TEST_CONFIGURATION.getPort())
                        .build(),
                List.of(routes));
    }

    public int port() {
        return server.getPort().getValue();
    }

    /** The routes as Spark knows them, filters included. */
    public List<RouteMatch> routes() {
        return capture.service().routes();
    }

    public Answer get(String path) {
        return send("GET", path, null);
    }

    public Answer delete(String path) {
        return send("DELETE", path, null);
    }

    public Answer put(String path, String json) {
        return send("PUT", path, json);
    }

    public Answer post(String path, String json) {
        return send("POST", path, json);
    }

    private Answer send(String method, String path, String json) {
        Answer answer = send(request(method, path, json).header("Authorization", "Bearer " + TOKEN));
        assertThat(OPEN_API.complaints(
                        method,
                        path.replaceAll("\\?.*", ""),
                        answer.status(),
                        answer.header("Content-Type"),
                        answer.bytes()))
                .as(method + " " + path + ": " + answer)
                .isEmpty();
        return answer;
    }

    /** A request without a token. */
    public HttpRequest.Builder request(String method, String path, String json) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
    }

    public Answer send(HttpRequest.Builder request) {
        try {
            return new Answer(client.send(request.build(), BodyHandlers.ofByteArray()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.destroy();
    }

    /** What the server answered. */
    public record Answer(HttpResponse<byte[]> response) {
        public int status() {
            return response.statusCode();
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        public byte[] bytes() {
            return response.body();
        }

        public String text() {
            return new String(response.body(), StandardCharsets.UTF_8);
        }

        public JsonNode json() {
            try {
                return JSON.readTree(response.body());
            } catch (IOException e) {
                throw new IllegalStateException(text(), e);
            }
        }

        /** The details of an error, or its message when it has no details. */
        public String error() {
            JsonNode details = json().get("details");
            return details.isNull() ? json().get("message").asText() : details.asText();
        }

        @Override
        public String toString() {
            return status() + " " + text();
        }
    }

    private static final class Server extends WebAdminServer {
        Server(WebAdminConfiguration configuration, List<Routes> routes, BearerTokenFilter filter) {
            super(
                    configuration,
                    routes,
                    filter,
                    new DropWizardMetricFactory(new com.codahale.metrics.MetricRegistry()),
                    new LoggingRequestFilter(Set.of(new AdminRequestLogger())));
        }
    }

    private static final class ServiceCapture implements Routes {
        private Service service;

        @Override
        public String getBasePath() {
            return "/";
        }

        @Override
        public void define(Service given) {
            service = given;
        }

        Service service() {
            return service;
        }
    }
}
