package io.postrider.route;

import io.postrider.store.Page;
import java.util.Optional;

/** The relays. Safe for concurrent use. Throws {@link io.postrider.store.StoreUnavailableException} when it cannot tell. */
public interface Relays {
    /** Adds or replaces by name. */
    void put(Relay relay);

    Optional<Relay> find(String name);

    /** Lists by name, from behind the cursor. */
    Page<Relay> list(int limit, Optional<String> cursor);

    /** Returns whether there was one. */
    boolean remove(String name);
}
