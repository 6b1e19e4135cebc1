package io.postrider.dkim;

import java.util.List;

/** The keys that sign now. Safe for concurrent use. Throws {@link io.postrider.store.StoreUnavailableException} when it cannot tell. */
@FunctionalInterface
public interface SigningKeys {
    /** The active keys of a sending domain, in the order of its keys; none for an unknown domain. */
    List<SigningKey> activeFor(String domain);
}
