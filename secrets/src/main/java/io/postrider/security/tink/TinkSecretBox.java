package io.postrider.security.tink;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import io.postrider.security.SecretBox;
import io.postrider.security.file.SecretFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

/**
 * AES-256-GCM with the context as associated data. The key is a Tink keyset in its JSON form, so that a new key can become primary while
 * the older ones still decrypt.
 */
public final class TinkSecretBox implements SecretBox {
    static {
        try {
            AeadConfig.register();
        } catch (GeneralSecurityException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Aead aead;

    private TinkSecretBox(KeysetHandle keyset) throws GeneralSecurityException {
        this.aead = keyset.getPrimitive(RegistryConfiguration.get(), Aead.class);
    }

    /** Reads the keyset of a file, and makes one (mode 0600, on disk before this returns) when there is no such file. */
    public static TinkSecretBox open(Path file) {
        if (!Files.exists(file)) {
            SecretFiles.write(file, newKeyset());
        }
        return of(SecretFiles.read(file), file.toString());
    }

    /** Takes a keyset from elsewhere, say an environment variable: the content that a key file would have. */
    public static TinkSecretBox ofKeyset(String json) {
        return of(json, "the given master key");
    }

    @Override
    public byte[] encrypt(byte[] secret, String context) {
        try {
            return aead.encrypt(secret, associatedData(context));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot encrypt the secret of " + context, e);
        }
    }

    @Override
    public byte[] decrypt(byte[] sealed, String context) {
        try {
            return aead.decrypt(sealed, associatedData(context));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "cannot decrypt the secret of " + context
                            + ": it was changed, belongs to something else, or was encrypted with another master key",
                    e);
        }
    }

    @Override
    public String toString() {
        return "TinkSecretBox";
    }

    private static byte[] associatedData(String context) {
        return context.getBytes(StandardCharsets.UTF_8);
    }

    private static String newKeyset() {
        try {
            return TinkJsonProtoKeysetFormat.serializeKeyset(
                    KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM), InsecureSecretKeyAccess.get());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a master key", e);
        }
    }

    private static TinkSecretBox of(String json, String origin) {
        try {
            return new TinkSecretBox(TinkJsonProtoKeysetFormat.parseKeyset(json, InsecureSecretKeyAccess.get()));
        } catch (GeneralSecurityException e) {
            // Without its cause: a parser's message may quote the key.
            throw new IllegalArgumentException("master key: " + origin
                    + " holds no usable key (expected: a Tink AEAD keyset in JSON, as the first run writes it)");
        }
    }
}
