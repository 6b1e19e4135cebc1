package io.postrider.tenant;

import io.postrider.store.Page;
import java.util.Optional;

/** The tenants. Safe for concurrent use. Throws {@link io.postrider.store.StoreUnavailableException} when it cannot tell. */
public interface Tenants {
    /** Adds a tenant; one of the same name stays as it is. Returns whether it was new. */
    boolean add(Tenant tenant);

    /** Says which reports a tenant wants from now on. Returns whether there is such a tenant. */
    boolean setBounceReports(String name, BounceReports wanted);

    Optional<Tenant> find(String name);

    /** Lists by name, from behind the cursor. */
    Page<Tenant> list(int limit, Optional<String> cursor);

    /** Removes a tenant that owns nothing. Returns false, and changes nothing, while it owns credentials or sending domains. */
    boolean remove(String name);
}
