package io.postrider.dkim;

import io.postrider.domain.DkimKey;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;

/** Makes DKIM keys. */
public final class DkimKeys {
    /** <a href="https://datatracker.ietf.org/doc/html/rfc8301#section-3.2">RFC 8301, section 3.2</a>: signers should use 2048 bits. */
    private static final int RSA_BITS = 2048;

    private DkimKeys() {}

    /** A new active RSA key of 2048 bits. Takes some 100 ms of CPU. */
    public static DkimKey generate(String selector, Instant now) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS);
            KeyPair pair = generator.generateKeyPair();
            return new DkimKey(
                    selector, pair.getPrivate().getEncoded(), pair.getPublic().getEncoded(), true, now);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no RSA", e);
        }
    }
}
