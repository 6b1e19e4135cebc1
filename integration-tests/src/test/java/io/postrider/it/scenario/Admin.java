package io.postrider.it.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** The admin API of a node, with its token or without. */
final class Admin {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String url;
    private final Optional<String> token;

    Admin(String url, Optional<String> token) {
        this.url = url;
        this.token = token;
    }

    record Answer(int status, HttpHeaders headers, byte[] body) {
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(text(), e);
            }
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** The answer, if it is a success. */
        Answer orFail() {
            if (status < 200 || status > 299) {
                throw new AssertionError(this);
            }
            return this;
        }

        @Override
        public String toString() {
            return status + " " + text();
        }
    }

    Admin without() {
        return new Admin(url, Optional.empty());
    }

    Admin withToken(String other) {
        return new Admin(url, Optional.of(other));
    }

    Answer get(String path) {
        return call("GET", path, Optional.empty());
    }

    /** GET, and the JSON of a success. */
    JsonNode json(String path) {
        return get(path).orFail().json();
    }

    /** @param body JSON, in which apostrophes stand for quotation marks */
    Answer put(String path, String body) {
        return call("PUT", path, Optional.of(quoted(body)));
    }

    Answer post(String path, String body) {
        return call("POST", path, Optional.of(quoted(body)));
    }

    Answer call(String method, String path) {
        return call(method, path, Optional.empty());
    }

    Answer call(String method, String path, Optional<String> body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(30))
                .method(
                        method,
                        body.map(HttpRequest.BodyPublishers::ofString).orElse(HttpRequest.BodyPublishers.noBody()));
        token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<byte[]> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** A string in JSON. */
    static String jsonString(String text) {
        try {
            return JSON.writeValueAsString(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String quoted(String body) {
        return body.replace('\'', '"');
    }
}
