package io.postrider.security;

/** Encrypts secrets at rest with authentication. Safe for concurrent use. */
public interface SecretBox {
    /** Encrypts; the context is authenticated with it, so what belongs to one row cannot be moved to another. */
    byte[] encrypt(byte[] secret, String context);

    /** Throws {@link IllegalStateException} when it was tampered with, belongs to another context, or the key is another. */
    byte[] decrypt(byte[] sealed, String context);
}
