package io.postrider.security;

/** A slow hash for passwords. Safe for concurrent use. */
public interface PasswordHasher {
    /** Returns the hash with its algorithm, cost and salt, as text. */
    String hash(String password);

    /** Whether the password is the one that was hashed. Takes as long for a wrong one as for the right one. */
    boolean matches(String password, String hash);
}
