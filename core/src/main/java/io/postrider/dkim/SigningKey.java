package io.postrider.dkim;

import java.security.PrivateKey;

/**
 * What signs for a domain.
 *
 * @param domain for {@code d=}
 * @param selector for {@code s=}
 * @param privateKey RSA; never logged
 */
public record SigningKey(String domain, String selector, PrivateKey privateKey) {
    @Override
    public String toString() {
        return "SigningKey[" + selector + "._domainkey." + domain + "]";
    }
}
