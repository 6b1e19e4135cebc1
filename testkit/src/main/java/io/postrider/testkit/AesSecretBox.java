package io.postrider.testkit;

import io.postrider.security.SecretBox;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** A {@link SecretBox} out of the JDK: AES-GCM with a random nonce of 96 bits before the text and a tag of 128 bits behind it. */
public final class AesSecretBox implements SecretBox {
    private static final String TRANSFORMATION = "AES/GCM/NoPadding";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecureRandom random = new SecureRandom();
    private final SecretKeySpec key;

    /** @param key of 16 or 32 bytes */
    public AesSecretBox(byte[] key) {
        if (key.length != 16 && key.length != 32) {
            throw new IllegalArgumentException("key: " + key.length + " bytes (expected: 16 or 32)");
        }
        this.key = new SecretKeySpec(key, "AES");
    }

    /** A box with a key of its own. */
    public static AesSecretBox withNewKey() {
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        return new AesSecretBox(key);
    }

    @Override
    public byte[] encrypt(byte[] secret, String context) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(secret);
            return ByteBuffer.allocate(nonce.length + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the secret of " + context + " was not encrypted", e);
        }
    }

    @Override
    public byte[] decrypt(byte[] sealed, String context) {
        if (sealed.length < NONCE_BYTES) {
            throw new IllegalStateException("the secret of " + context + " is too short");
        }
        ByteBuffer buffer = ByteBuffer.wrap(sealed);
        byte[] nonce = new byte[NONCE_BYTES];
        buffer.get(nonce);
        byte[] text = new byte[buffer.remaining()];
        buffer.get(text);
        try {
            return cipher(Cipher.DECRYPT_MODE, nonce, context).doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the secret of " + context + " does not open", e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String context) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(TRANSFORMATION);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
