package io.postrider.store.sql.engine;

import io.postrider.store.Page;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Pages of a list that is ordered by a key; the cursor names the last one that was seen.
 *
 * @param list names the list, so that the cursor of another one is refused
 */
public record Paging(String list) {
    private static final int MOST = 1000;

    /** Checks a limit and returns how many rows to ask for: one more, which tells whether the list goes on. */
    public int rowsFor(int limit) {
        if (limit < 1 || limit > MOST) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1 to " + MOST + ")");
        }
        return limit + 1;
    }

    /** The key to go on behind; the empty one is before all. Throws {@link IllegalArgumentException} for a cursor that is none of this list. */
    public String keyBefore(Optional<String> cursor) {
        return cursor.map(this::decode).orElse("");
    }

    /** Makes a page of the rows that were asked for. */
    public <T> Page<T> page(List<T> rows, int limit, Function<T, String> key) {
        if (rows.size() <= limit) {
            return new Page<>(rows, Optional.empty());
        }
        List<T> items = rows.subList(0, limit);
        return new Page<>(items, Optional.of(encode(key.apply(items.get(limit - 1)))));
    }

    /** Refuses a cursor that no page of this list gave. */
    public IllegalArgumentException refusal(String cursor) {
        return new IllegalArgumentException(
                "cursor: '" + cursor + "' (expected: the nextCursor of an earlier page of " + list + ")");
    }

    private String encode(String key) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((list + ":" + key).getBytes(StandardCharsets.UTF_8));
    }

    private String decode(String cursor) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (text.startsWith(list + ":")) {
                return text.substring(list.length() + 1);
            }
        } catch (IllegalArgumentException e) {
            throw (IllegalArgumentException) refusal(cursor).initCause(e);
        }
        throw refusal(cursor);
    }
}
