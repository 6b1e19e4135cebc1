package io.postrider.admin.webadmin;

import io.postrider.store.Page;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Which part of a list is asked for: {@code ?limit=&cursor=}. */
public record Paging(int limit, Optional<String> cursor) {
    public static final int DEFAULT_LIMIT = 50;
    public static final int MAX_LIMIT = 1000;

    public Paging {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw unexpected(Integer.toString(limit));
        }
    }

    /** The paging that a query asks for. */
    public static Paging of(Query query) {
        return new Paging(query.text("limit").map(Paging::parseLimit).orElse(DEFAULT_LIMIT), query.text("cursor"));
    }

    /** A page as it is answered. */
    public static <T, V> ListView<V> view(Page<T> page, Function<T, V> toView) {
        return new ListView<>(page.items().stream().map(toView).toList(), page.nextCursor());
    }

    /** A part of a list, and the cursor that continues it; null at its end. */
    public record ListView<V>(List<V> items, Optional<String> nextCursor) {}

    private static int parseLimit(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw unexpected(text);
        }
    }

    private static IllegalArgumentException unexpected(String limit) {
        return new IllegalArgumentException("limit: '" + limit + "' (expected: 1 to " + MAX_LIMIT + ")");
    }
}
