package io.postrider.tenant;

import java.time.Instant;

/**
 * An isolated customer of the service.
 *
 * @param name 1 to 63 of {@code [a-z0-9-]}
 * @param bounceReports which reports it wants for mail that says nothing of them
 */
public record Tenant(String name, Instant createdAt, BounceReports bounceReports) {
    /** The tenant that the first run makes. */
    public static final String DEFAULT = "default";

    /** A tenant that wants no reports. */
    public Tenant(String name, Instant createdAt) {
        this(name, createdAt, BounceReports.NONE);
    }

    public Tenant {
        if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    "tenant: '" + name + "' (expected: 1 to 63 of a-z, 0-9 and inner hyphens)");
        }
    }
}
