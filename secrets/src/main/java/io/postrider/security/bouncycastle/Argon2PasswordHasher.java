package io.postrider.security.bouncycastle;

import io.postrider.security.PasswordHasher;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id (<a href="https://datatracker.ietf.org/doc/html/rfc9106">RFC 9106</a>) in the PHC string form {@code
 * $argon2id$v=19$m=19456,t=3,p=1$salt$hash}. The cost stands in the hash, so it can be raised for new passwords while older hashes
 * still match.
 *
 * <p>Each computation takes the memory of its cost; so many run at a time as the machine has processors, and the others wait. A flood
 * of wrong passwords thus costs time, not the heap.
 */
public final class Argon2PasswordHasher implements PasswordHasher {
    /** A little over the least that OWASP advises; 50 to 100 ms on one core of a server of 2024. */
    public static final Cost DEFAULT_COST = new Cost(19 * 1024, 3, 1);

    private static final Pattern PHC = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;

    private final Cost cost;
    private final SecureRandom random;
    private final Semaphore permits;

    /**
     * What one hash costs.
     *
     * @param memoryKiB 8 KiB to 1 GiB for each computation
     * @param iterations passes over the memory, 1 to 100
     * @param lanes 1 to 16; computed one after the other here
     */
    public record Cost(int memoryKiB, int iterations, int lanes) {
        public Cost {
            requireRange("memoryKiB", memoryKiB, 8, 1024 * 1024);
            requireRange("iterations", iterations, 1, 100);
            requireRange("lanes", lanes, 1, 16);
        }

        private static void requireRange(String what, int value, int least, int most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(what + ": " + value + " (expected: " + least + " to " + most + ")");
            }
        }
    }

    /** A hasher of the default cost. */
    public Argon2PasswordHasher() {
        this(DEFAULT_COST, new SecureRandom(), Runtime.getRuntime().availableProcessors());
    }

    /** @param concurrency how many computations run at a time, 1 or more */
    public Argon2PasswordHasher(Cost cost, SecureRandom random, int concurrency) {
        if (concurrency < 1) {
            throw new IllegalArgumentException("concurrency: " + concurrency + " (expected: 1 or more)");
        }
        this.cost = cost;
        this.random = random;
        this.permits = new Semaphore(concurrency, true);
    }

    @Override
    public String hash(String password) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        byte[] hash = compute(password, cost, salt, HASH_BYTES);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=" + cost.memoryKiB() + ",t=" + cost.iterations() + ",p=" + cost.lanes() + "$"
                + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
    }

    /** Throws {@link IllegalArgumentException} when the hash is none of Argon2id; its text does not quote the hash. */
    @Override
    public boolean matches(String password, String hash) {
        Matcher parts = PHC.matcher(hash);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "password hash: not readable (expected: $argon2id$v=19$m=…,t=…,p=…$salt$hash)");
        }
        Cost costOfHash = new Cost(
                Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)), Integer.parseInt(parts.group(3)));
        byte[] salt = Base64.getDecoder().decode(parts.group(4));
        byte[] expected = Base64.getDecoder().decode(parts.group(5));
        return MessageDigest.isEqual(expected, compute(password, costOfHash, salt, expected.length));
    }

    private byte[] compute(String password, Cost costOfHash, byte[] salt, int length) {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        byte[] hash = new byte[length];
        permits.acquireUninterruptibly();
        try {
            generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(costOfHash.memoryKiB())
                    .withIterations(costOfHash.iterations())
                    .withParallelism(costOfHash.lanes())
                    .withSalt(salt)
                    .build());
            generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
        } finally {
            permits.release();
        }
        return hash;
    }
}
