package io.postrider.tenant;

import io.postrider.security.PasswordHasher;
import java.net.InetAddress;
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
 * is read each time, so one that is disabled or changed is refused at once. Wrong passwords are braked before they cost a hash. Safe for concurrent use.
 */
public final class Authenticator {
    private static final int MAX_REMEMBERED = 10_000;
    private static final int KEY_BYTES = 32;

    private record Remembered(byte[] fingerprint, String passwordHash, Instant until) {}

    private final Credentials credentials;
    private final PasswordHasher hasher;
    private final LoginBrake brake;
    private final BoundedWork hashing;
    private final BoundedWork hashingForKnown;
    private final Clock clock;
    private final Duration timeToLive;
    private final SecretKeySpec fingerprintKey;
    private final String hashOfNothing;
    private final Map<String, Remembered> remembered = new ConcurrentHashMap<>();

    /**
     * @param hashing under which slow hashes are computed
     * @param hashingForKnown the same for those who have logged in from their address before, so that no flood of strangers stands before them
     * @param timeToLive how long a verified password is remembered
     */
    public Authenticator(
            Credentials credentials,
            PasswordHasher hasher,
            LoginBrake brake,
            BoundedWork hashing,
            BoundedWork hashingForKnown,
            Clock clock,
            Duration timeToLive) {
        this.credentials = credentials;
        this.hasher = hasher;
        this.brake = brake;
        this.hashing = hashing;
        this.hashingForKnown = hashingForKnown;
        this.clock = clock;
        this.timeToLive = timeToLive;
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        this.fingerprintKey = new SecretKeySpec(key, "HmacSHA256");
        this.hashOfNothing = hasher.hash("");
    }

    /** What became of a login. */
    public sealed interface Login {
        /** The password is that of the credential. */
        record Granted(Credential credential) implements Login {}

        /** No such user, or disabled, or another password: which of them is nobody's business. */
        record Denied() implements Login {}

        /** Too many wrong passwords before; the password was not looked at. */
        record Braked(Duration retryAfter) implements Login {}

        /** Too many logins at the same time; the password was not looked at. */
        record Busy() implements Login {}
    }

    /**
     * Checks a password. User names are compared without regard to case; an unknown one takes as long as a wrong password.
     *
     * @throws io.postrider.store.StoreUnavailableException when the store cannot tell
     */
    public Login authenticate(InetAddress client, String username, String password) {
        String name = username.toLowerCase(Locale.ROOT);
        Optional<Duration> wait = brake.remaining(client, name);
        if (wait.isPresent()) {
            return new Login.Braked(wait.get());
        }
        Optional<Credential> credential = credentials.find(name);
        if (credential.isPresent() && isRemembered(credential.get(), password)) {
            return grant(client, credential.get());
        }
        BoundedWork turn = brake.isKnown(client, name) ? hashingForKnown : hashing;
        return turn.tryRun(() -> check(client, name, credential, password)).orElseGet(Login.Busy::new);
    }

    private Login check(InetAddress client, String name, Optional<Credential> credential, String password) {
        // Those who stood in the queue before may have spent the last try.
        Optional<Duration> wait = brake.remaining(client, name);
        if (wait.isPresent()) {
            return new Login.Braked(wait.get());
        }
        boolean matches = hasher.matches(
                password, credential.map(Credential::passwordHash).orElse(hashOfNothing));
        if (credential.isEmpty() || !matches) {
            brake.failed(client, name);
            return new Login.Denied();
        }
        remember(credential.get(), password);
        return grant(client, credential.get());
    }

    private Login grant(InetAddress client, Credential credential) {
        if (credential.disabled()) {
            brake.failed(client, credential.username());
            return new Login.Denied();
        }
        brake.succeeded(client, credential.username());
        return new Login.Granted(credential);
    }

    private boolean isRemembered(Credential credential, String password) {
        Remembered known = remembered.get(credential.username());
        return known != null
                && clock.instant().isBefore(known.until())
                && known.passwordHash().equals(credential.passwordHash())
                && MessageDigest.isEqual(known.fingerprint(), fingerprint(credential, password));
    }

    private void remember(Credential credential, String password) {
        Instant now = clock.instant();
        if (remembered.size() >= MAX_REMEMBERED) {
            remembered.values().removeIf(known -> !now.isBefore(known.until()));
        }
        if (remembered.size() < MAX_REMEMBERED) {
            remembered.put(
                    credential.username(),
                    new Remembered(fingerprint(credential, password), credential.passwordHash(), now.plus(timeToLive)));
        }
    }

    private byte[] fingerprint(Credential credential, String password) {
        String text = credential.username() + '\0' + password;
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(fingerprintKey);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
