package io.postrider.route;

import io.postrider.store.Page;
import java.util.Optional;

/** The egress pools. Safe for concurrent use. Throws {@link io.postrider.store.StoreUnavailableException} when it cannot tell. */
public interface EgressPools {
    /** Adds or replaces by name. */
    void put(EgressPool pool);

    Optional<EgressPool> find(String name);

    /** Lists by name, from behind the cursor. */
    Page<EgressPool> list(int limit, Optional<String> cursor);

    /** Returns whether there was one. */
    boolean remove(String name);
}
