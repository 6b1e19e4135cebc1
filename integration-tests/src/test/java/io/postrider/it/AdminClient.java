package io.postrider.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Talks to the admin API of a node. */
public final class AdminClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int PAGE = 1000;

    private final ObjectMapper mapper = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final String url;
    private final Optional<String> token;

    /** @param url such as {@code http://127.0.0.1:8000} */
    public AdminClient(String url, Optional<String> token) {
        this.url = url;
        this.token = token;
    }

    /** An answer; {@link #json} is a missing node when the body is none. */
    public record Answer(int status, String body, JsonNode json) {}

    public Answer get(String path) {
        return send("GET", path, BodyPublishers.noBody());
    }

    public Answer put(String path, String json) {
        return send("PUT", path, BodyPublishers.ofString(json));
    }

    public Answer post(String path, String json) {
        return send("POST", path, BodyPublishers.ofString(json));
    }

    public Answer delete(String path) {
        return send("DELETE", path, BodyPublishers.noBody());
    }

    public Answer send(String method, String path, BodyPublisher body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .method(method, body)
                .timeout(TIMEOUT);
        token.ifPresent(value -> request.header("Authorization", "Bearer " + value));
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
            return new Answer(response.statusCode(), response.body(), parse(response.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + url + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in " + method + " " + path, e);
        }
    }

    /** The JSON that GET answers; anything but 200 is an error. */
    public JsonNode json(String path) {
        Answer answer = get(path);
        if (answer.status() != 200) {
            throw new IllegalStateException("GET " + path + ": " + answer.status() + " " + answer.body());
        }
        return answer.json();
    }

    /**
     * All items of a list, page by page.
     *
     * @param path may have a query
     */
    public List<JsonNode> all(String path) {
        List<JsonNode> items = new ArrayList<>();
        String list = path + (path.contains("?") ? "&" : "?") + "limit=" + PAGE;
        for (String page = list; !page.isEmpty(); ) {
            JsonNode answer = json(page);
            answer.get("items").forEach(items::add);
            JsonNode cursor = answer.get("nextCursor");
            page = cursor == null || cursor.isNull()
                    ? ""
                    : list + "&cursor=" + URLEncoder.encode(cursor.asText(), StandardCharsets.UTF_8);
        }
        return items;
    }

    private JsonNode parse(String body) {
        try {
            return body.startsWith("{") || body.startsWith("[") ? mapper.readTree(body) : MissingNode.getInstance();
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }
}
