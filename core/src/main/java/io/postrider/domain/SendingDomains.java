package io.postrider.domain;

import io.postrider.store.Page;
import java.util.Optional;

/**
 * The sending domains with their keys. Safe for concurrent use. Throws {@link io.postrider.store.StoreUnavailableException} when it
 * cannot tell.
 */
public interface SendingDomains {
    /** Adds a domain, or replaces it with its keys. A domain belongs to one tenant: throws {@link IllegalArgumentException} when another has it. */
    void put(SendingDomain domain);

    /** Finds by exact name. */
    Optional<SendingDomain> find(String name);

    /** Whether {@link #find} would answer at once, and will for a moment. Does not block itself. */
    default boolean isAtHand(String name) {
        return false;
    }

    /** Whether some sending domain has this return-path domain. */
    boolean isReturnPathDomain(String name);

    /** Lists by name, those of one tenant or all, from behind the cursor. */
    Page<SendingDomain> list(Optional<String> tenant, int limit, Optional<String> cursor);

    /** Returns whether there was one. Its keys go with it. */
    boolean remove(String name);
}
