package io.postrider.store.sql.engine;

import io.postrider.security.SecretBox;
import java.sql.SQLException;

/**
 * A column that holds secrets. What is sealed for one row opens for no other.
 *
 * @param name table and column
 */
public record SealedColumn(SecretBox box, String name) {
    /** @param key the primary key of the row */
    public byte[] seal(byte[] secret, String key) {
        return box.encrypt(secret, context(key));
    }

    /** Throws {@link SQLException} when it does not open: without the secret, the store cannot tell what it was asked. */
    public byte[] open(byte[] sealed, String key) throws SQLException {
        try {
            return box.decrypt(sealed, context(key));
        } catch (IllegalStateException e) {
            throw new SQLException(
                    "the secret in " + context(key) + " does not open: is the encryption key another one?", e);
        }
    }

    private String context(String key) {
        return name + "/" + key;
    }
}
