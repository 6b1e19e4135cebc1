package io.postrider.domain;

import java.time.Instant;

/**
 * A signing key of a sending domain (<a href="https://datatracker.ietf.org/doc/html/rfc6376#section-3.1">RFC 6376</a>).
 *
 * @param selector the name below {@code _domainkey}
 * @param privateKey PKCS#8 DER; stores encrypt it at rest; never logged, never answered
 * @param publicKey SubjectPublicKeyInfo DER, as it goes base64 into the {@code p=} tag
 * @param active whether mail is signed with it
 */
public record DkimKey(String selector, byte[] privateKey, byte[] publicKey, boolean active, Instant createdAt) {
    public DkimKey {
        if (!selector.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    "selector: '" + selector + "' (expected: 1 to 63 of a-z, 0-9 and inner hyphens)");
        }
    }

    @Override
    public String toString() {
        return "DkimKey[" + selector + (active ? ", active]" : "]");
    }
}
