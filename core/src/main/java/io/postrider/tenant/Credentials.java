package io.postrider.tenant;

import io.postrider.store.Page;
import java.util.Optional;

/** The SMTP credentials. Safe for concurrent use. Throws {@link io.postrider.store.StoreUnavailableException} when it cannot tell. */
public interface Credentials {
    /** Adds or replaces by user name. */
    void put(Credential credential);

    Optional<Credential> find(String username);

    /** Lists by user name, those of one tenant or all, from behind the cursor. */
    Page<Credential> list(Optional<String> tenant, int limit, Optional<String> cursor);

    /** Returns whether there was one. */
    boolean remove(String username);
}
