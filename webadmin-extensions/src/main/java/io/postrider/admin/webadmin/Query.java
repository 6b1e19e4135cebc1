package io.postrider.admin.webadmin;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import spark.Request;

/**
 * The parameters of a query. One that is not known, or given twice, is an error: a misspelt filter would list everything. A plus sign stands for
 * itself, as in {@code recipient=success+1@example.com}; a blank is {@code %20}.
 */
public final class Query {
    private final Map<String, String> values;

    private Query(Map<String, String> values) {
        this.values = values;
    }

    /** Reads the query of a request that takes these parameters and no others. */
    public static Query of(Request request, String... known) {
        Map<String, String> values = new HashMap<>();
        String query = Optional.ofNullable(request.raw().getQueryString()).orElse("");
        for (String pair : query.split("&")) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = PathParameters.percentDecoded(equals < 0 ? pair : pair.substring(0, equals));
            if (!List.of(known).contains(name)) {
                throw new IllegalArgumentException("query parameter: '" + name + "' ("
                        + (known.length == 0
                                ? "expected: none"
                                : "expected one of: "
                                        + String.join(
                                                ", ",
                                                Arrays.stream(known).sorted().toList()))
                        + ")");
            }
            String value = equals < 0 ? "" : PathParameters.percentDecoded(pair.substring(equals + 1));
            if (values.put(name, value) != null) {
                throw new IllegalArgumentException("query parameter: '" + name + "' twice (expected: once)");
            }
        }
        return new Query(values);
    }

    /** A parameter; one that is given empty counts as absent. */
    public Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
    }

    /** A parameter read by a parser that throws {@link IllegalArgumentException}. */
    public <T> Optional<T> value(String name, Function<String, T> parser) {
        return text(name).map(text -> {
            try {
                return parser.apply(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
            }
        });
    }

    /** A time such as {@code 2026-11-25T08:00:00Z} or {@code 2026-11-25T09:00:00+01:00}. */
    public Optional<Instant> time(String name) {
        return text(name).map(text -> {
            try {
                return OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeException e) {
                throw new IllegalArgumentException(
                        name + ": '" + text + "' (expected: a time such as 2026-11-25T08:00:00Z)", e);
            }
        });
    }
}
