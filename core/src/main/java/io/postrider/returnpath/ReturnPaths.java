package io.postrider.returnpath;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and verifies the reverse-paths that our mail leaves with: {@code b+TOKEN@RETURN-PATH-DOMAIN}, where TOKEN is the message id, the index
 * of the recipient (none for a whole message) and a MAC over both and the domain, all in Crockford's base32, lower case. So a bounce names its
 * delivery, nobody can make one up, and an old one is worth nothing. Safe for concurrent use.
 */
public final class ReturnPaths {
    public static final Duration DEFAULT_MAX_AGE = Duration.ofDays(30);

    /** The largest recipient index. */
    public static final int MAX_INDEX = (1 << 20) - 1;

    private static final String PREFIX = "b+";
    private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final String MAC_ALGORITHM = "HmacSHA256";
    private static final int MIN_SECRET_BYTES = 32;
    private static final int ID_LENGTH = 26;
    private static final int INDEX_LENGTH = 4;
    /** 100 bits. */
    private static final int MAC_LENGTH = 20;

    /** To look for one, and to give it the key, costs as much as to use it. */
    private final ThreadLocal<Mac> mac;

    private final Clock clock;
    private final Duration maxAge;

    public ReturnPaths(byte[] secret, Clock clock) {
        this(secret, clock, DEFAULT_MAX_AGE);
    }

    /**
     * @param secret at least 32 random bytes; all nodes of a service share it
     * @param maxAge how long after the acceptance of its message a return path is good
     */
    public ReturnPaths(byte[] secret, Clock clock, Duration maxAge) {
        if (secret.length < MIN_SECRET_BYTES) {
            throw new IllegalArgumentException(
                    "secret: " + secret.length + " bytes (expected: " + MIN_SECRET_BYTES + " or more)");
        }
        SecretKeySpec key = new SecretKeySpec(secret, MAC_ALGORITHM);
        this.mac = ThreadLocal.withInitial(() -> keyed(key));
        this.clock = clock;
        this.maxAge = maxAge;
    }

    /** The return path of one delivery. */
    public EmailAddress create(MessageId message, int recipientIndex, String returnPathDomain) {
        if (recipientIndex < 0 || recipientIndex > MAX_INDEX) {
            throw new IllegalArgumentException(
                    "recipient index: " + recipientIndex + " (expected: 0 to " + MAX_INDEX + ")");
        }
        char[] index = new char[INDEX_LENGTH];
        for (int i = 0; i < INDEX_LENGTH; i++) {
            index[i] = ALPHABET.charAt(recipientIndex >>> 5 * (INDEX_LENGTH - 1 - i) & 31);
        }
        return sign(idText(message) + new String(index), returnPathDomain);
    }

    /** The return path of all deliveries of a message that go in one transaction. */
    public EmailAddress createForMessage(MessageId message, String returnPathDomain) {
        return sign(idText(message), returnPathDomain);
    }

    /** What a return path says, when it is one of ours and not too old; in any case of letters, since relays change it. */
    public Optional<ReturnPath> verify(EmailAddress address) {
        String local = address.localPart().toLowerCase(Locale.ROOT);
        int indexLength = local.length() - PREFIX.length() - ID_LENGTH - MAC_LENGTH;
        if (!local.startsWith(PREFIX) || indexLength != 0 && indexLength != INDEX_LENGTH) {
            return Optional.empty();
        }
        String claim = local.substring(PREFIX.length(), local.length() - MAC_LENGTH);
        byte[] presented = local.substring(local.length() - MAC_LENGTH).getBytes(StandardCharsets.UTF_8);
        byte[] expected = mac(claim, address.domain()).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(expected, presented)) {
            return Optional.empty();
        }
        MessageId message = new MessageId(claim.substring(0, ID_LENGTH).toUpperCase(Locale.ROOT));
        if (message.time().plus(maxAge).isBefore(clock.instant())) {
            return Optional.empty();
        }
        return Optional.of(new ReturnPath(message, index(claim.substring(ID_LENGTH))));
    }

    private EmailAddress sign(String claim, String domain) {
        return new EmailAddress(PREFIX + claim + mac(claim, domain.toLowerCase(Locale.ROOT)), domain);
    }

    private String mac(String claim, String domain) {
        // Named for its purpose, so that no other MAC under the same secret can pass for a return path.
        byte[] full = mac.get().doFinal(("return-path\n" + claim + "\n" + domain).getBytes(StandardCharsets.UTF_8));
        StringBuilder text = new StringBuilder(MAC_LENGTH);
        for (int bit = 0; text.length() < MAC_LENGTH; bit += 5) {
            int twoBytes = (full[bit / 8] & 0xff) << 8 | full[bit / 8 + 1] & 0xff;
            text.append(ALPHABET.charAt(twoBytes >>> 11 - bit % 8 & 31));
        }
        return text.toString();
    }

    private static Mac keyed(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(MAC_ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + MAC_ALGORITHM, e);
        }
    }

    private static OptionalInt index(String text) {
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        int index = 0;
        for (int i = 0; i < text.length(); i++) {
            index = index << 5 | ALPHABET.indexOf(text.charAt(i));
        }
        return OptionalInt.of(index);
    }

    private static String idText(MessageId message) {
        return message.value().toLowerCase(Locale.ROOT);
    }
}
