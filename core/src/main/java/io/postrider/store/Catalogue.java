package io.postrider.store;

import java.util.Optional;

/** Things that admins keep by name. Safe for concurrent use. Throws {@link StoreUnavailableException} when it cannot tell. */
public interface Catalogue<T> {
    /** Adds or replaces by name. */
    void put(T thing);

    /** Finds one by its name. */
    Optional<T> find(String name);

    /** Lists by name, from behind the cursor. */
    Page<T> list(int limit, Optional<String> cursor);

    /** Returns whether there was one. */
    boolean remove(String name);
}
