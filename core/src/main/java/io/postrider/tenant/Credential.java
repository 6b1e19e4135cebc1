package io.postrider.tenant;

import java.time.Instant;

/**
 * A user name and the slow hash of its password, for AUTH PLAIN and LOGIN
 * (<a href="https://datatracker.ietf.org/doc/html/rfc4954">RFC 4954</a>). User names are unique over all tenants, and
 * lower case, since clients write them as they like; many may belong to one tenant.
 */
public record Credential(
        String username, String tenant, String passwordHash, boolean disabled, String description, Instant createdAt) {
    public Credential {
        if (!username.matches("[a-z0-9][a-z0-9._@+-]{0,127}")) {
            throw new IllegalArgumentException("username: '" + username
                    + "' (expected: 1 to 128 of a-z, 0-9 and . _ @ + -, starting with a letter or digit)");
        }
    }

    @Override
    public String toString() {
        return "Credential[" + username + " of " + tenant + (disabled ? ", disabled]" : "]");
    }
}
