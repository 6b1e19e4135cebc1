package io.postrider.dkim;

import io.postrider.domain.DkimKey;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.time.Instant;
import java.util.Optional;

/** Makes DKIM keys. */
public final class DkimKeys {
    /** <a href="https://datatracker.ietf.org/doc/html/rfc8301#section-3.2">RFC 8301, section 3.2</a>: signers should use 2048 bits. */
    private static final int RSA_BITS = 2048;

    private DkimKeys() {}

    /** A new active RSA key of 2048 bits. Takes some 100 ms of CPU. */
    public static DkimKey generate(String selector, Instant now) {
        return generate(selector, now, Optional.empty());
    }

    /**
     * The same.
     *
     * @param provider who makes it; none for the JDK, which takes half a second until its code is compiled
     */
    public static DkimKey generate(String selector, Instant now, Optional<Provider> provider) {
        try {
            KeyPairGenerator generator = provider.isPresent()
                    ? KeyPairGenerator.getInstance("RSA", provider.get())
                    : KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS);
            KeyPair pair = generator.generateKeyPair();
            return new DkimKey(
                    selector, pair.getPrivate().getEncoded(), pair.getPublic().getEncoded(), true, now);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no RSA", e);
        }
    }
}
