package io.postrider.admin.webadmin;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The secret that opens the admin API, as a bearer token (<a href="https://datatracker.ietf.org/doc/html/rfc6750#section-2.1">RFC 6750, section 2.1</a>).
 */
public final class AdminToken {
    private final byte[] digest;

    /** @param value one or more printable ASCII characters without blanks */
    public AdminToken(String value) {
        if (!value.matches("[\\x21-\\x7e]+")) {
            throw new IllegalArgumentException("admin token: " + value.length()
                    + " characters (expected: one or more printable ASCII characters without blanks)");
        }
        this.digest = digest(value);
    }

    /** Whether it is the token. Takes as long for a wrong one as for the right one. */
    boolean matches(String candidate) {
        return MessageDigest.isEqual(digest, digest(candidate));
    }

    @Override
    public String toString() {
        return "AdminToken[…]";
    }

    private static byte[] digest(String value) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
