package io.postrider.tenant;

import io.postrider.security.PasswordHasher;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks user names and passwords. A verified password is remembered for a short time, so that the slow hash is not paid for each connection; the credential itself
 * is read each time, so one that is disabled or changed is refused at once. Safe for concurrent use.
 */
public final class Authenticator {
    private static final int MAX_REMEMBERED = 10_000;
    private static final int KEY_BYTES = 32;

    private record Remembered(byte[] fingerprint, String passwordHash, Instant until) {}

    private final Credentials credentials;
    private final PasswordHasher hasher;
    private final Clock clock;
    private final Duration timeToLive;
    private final SecretKeySpec fingerprintKey;
    private final String hashOfNothing;
    private final Map<String, Remembered> remembered = new ConcurrentHashMap<>();

    /**
     * @param timeToLive how long a verified password is remembered
     */
    public Authenticator(Credentials credentials, PasswordHasher hasher, Clock clock, Duration timeToLive) {
        this.credentials = credentials;
        this.hasher = hasher;
        this.clock = clock;
        this.timeToLive = timeToLive;
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        this.fingerprintKey = new SecretKeySpec(key, "HmacSHA256");
        this.hashOfNothing = hasher.hash("");
    }

    /**
     * The credential, when it is there, enabled, and the password is its. User names are compared without regard to case.
     *
     * @throws io.postrider.store.StoreUnavailableException when the store cannot tell
     */
    public Optional<Credential> authenticate(String username, String password) {
        Optional<Credential> credential = credentials.find(username.toLowerCase(Locale.ROOT));
        if (credential.isEmpty()) {
            // An unknown name takes as long as a wrong password.
            hasher.matches(password, hashOfNothing);
            return Optional.empty();
        }
        return credential.filter(found -> matches(found, password) && !found.disabled());
    }

    private boolean matches(Credential credential, String password) {
        byte[] fingerprint = fingerprint(credential.username() + '\0' + password);
        Instant now = clock.instant();
        Remembered known = remembered.get(credential.username());
        if (known != null
                && now.isBefore(known.until())
                && known.passwordHash().equals(credential.passwordHash())
                && MessageDigest.isEqual(known.fingerprint(), fingerprint)) {
            return true;
        }
        boolean matches = hasher.matches(password, credential.passwordHash());
        if (matches) {
            remember(credential, fingerprint, now);
        }
        return matches;
    }

    private void remember(Credential credential, byte[] fingerprint, Instant now) {
        if (remembered.size() >= MAX_REMEMBERED) {
            remembered.values().removeIf(known -> !now.isBefore(known.until()));
        }
        if (remembered.size() < MAX_REMEMBERED) {
            remembered.put(
                    credential.username(),
                    new Remembered(fingerprint, credential.passwordHash(), now.plus(timeToLive)));
        }
    }

    private byte[] fingerprint(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(fingerprintKey);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
