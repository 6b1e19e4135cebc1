package io.postrider.admin.webadmin;

import java.util.List;
import java.util.Map;
import java.util.Set;
import spark.Request;

/**
 * Refuses query parameters that nobody reads, before a route does anything: James's own routes ignore them, and a misspelt filter of a removal would remove
 * everything. Our lists check theirs by {@link Query}.
 */
final class QueryCheck {
    private static final Map<String, List<String>> OF_JAMES = Map.of(
            "mailQueues", List.of("delayed", "sender", "name", "recipient", "limit"),
            "mailRepositories",
                    List.of(
                            "protocol",
                            "limit",
                            "offset",
                            "additionalFields",
                            "action",
                            "processor",
                            "consume",
                            "queue"));

    /** Other routes of James, where a parameter too many does no harm. */
    private static final Set<String> HARMLESS = Set.of("tasks", "healthcheck", "metrics");

    private QueryCheck() {}

    /** Throws {@link IllegalArgumentException} that says what was got and what was expected. */
    static void check(Request request) {
        String[] parts = request.raw().getRequestURI().split("/", -1);
        String base = parts.length > 1 ? parts[1] : "";
        if (OF_JAMES.containsKey(base)) {
            Query.of(request, OF_JAMES.get(base).toArray(String[]::new));
        } else if (!HARMLESS.contains(base) && takesNone(request.requestMethod(), base, parts.length)) {
            Query.of(request);
        }
    }

    /** A change takes none, nor does a look at one thing, which is the second part of the path. */
    private static boolean takesNone(String method, String base, int parts) {
        return !method.equals("GET") || (parts == 3 && !base.equals("simulator"));
    }
}
