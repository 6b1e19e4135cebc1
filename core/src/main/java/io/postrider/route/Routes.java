package io.postrider.route;

import java.util.List;

/** The routes. Safe for concurrent use. Throws {@link io.postrider.store.StoreUnavailableException} when it cannot tell. */
public interface Routes {
    /** Adds or replaces by name. */
    void put(Route route);

    /** All routes, in the order in which they are asked; {@code default}, when it is stored, comes last whatever its position. */
    List<Route> list();

    /** Returns whether there was one. */
    boolean remove(String name);
}
