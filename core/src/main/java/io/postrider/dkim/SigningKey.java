package io.postrider.dkim;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Signature;
import java.util.Optional;

/**
 * What signs for a domain.
 *
 * @param domain for {@code d=}
 * @param selector for {@code s=}
 * @param privateKey RSA; never logged
 * @param provider whose key it is, and who is to sign; without one, the JDK decides
 */
public record SigningKey(String domain, String selector, PrivateKey privateKey, Optional<Provider> provider) {
    private static final String ALGORITHM = "SHA256withRSA";

    /** A key that the JDK signs with. */
    public SigningKey(String domain, String selector, PrivateKey privateKey) {
        this(domain, selector, privateKey, Optional.empty());
    }

    /** A signature by this key over what it is given. */
    Signature newSignature() throws GeneralSecurityException {
        Signature signature = provider.isPresent()
                ? Signature.getInstance(ALGORITHM, provider.get())
                : Signature.getInstance(ALGORITHM);
        signature.initSign(privateKey);
        return signature;
    }

    @Override
    public String toString() {
        return "SigningKey[" + selector + "._domainkey." + domain + "]";
    }
}
