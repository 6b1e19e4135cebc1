package io.postrider.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.store.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Walks through lists as a client does. */
final class Pages {
    private Pages() {}

    /** Follows the cursors to the end. Each page but the last is full, and the last is not empty unless the list is. */
    static <T> List<T> all(int limit, Function<Optional<String>, Page<T>> list) {
        List<T> items = new ArrayList<>();
        Page<T> page = list.apply(Optional.empty());
        items.addAll(page.items());
        while (page.nextCursor().isPresent()) {
            assertThat(page.items()).hasSize(limit);
            page = list.apply(page.nextCursor());
            assertThat(page.items()).isNotEmpty();
            items.addAll(page.items());
        }
        return items;
    }
}
