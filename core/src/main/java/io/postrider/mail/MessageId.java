package io.postrider.mail;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * The id of a message: a <a href="https://github.com/ulid/spec">ULID</a>, so ids sort by the time of acceptance. It stands in the
 * reply to DATA, the API answer, the trace and every event.
 */
public record MessageId(String value) implements Comparable<MessageId> {
    private static final String CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int LENGTH = 26;
    private static final int TIME_LENGTH = 10;

    public MessageId {
        boolean valid = value.length() == LENGTH && value.charAt(0) <= '7';
        for (int i = 0; valid && i < LENGTH; i++) {
            valid = CROCKFORD.indexOf(value.charAt(i)) >= 0;
        }
        if (!valid) {
            throw new IllegalArgumentException("message id: '" + value + "' (expected: a ULID of 26 characters)");
        }
    }

    /** Makes a new id for the time given, in milliseconds. */
    public static MessageId at(Instant time, RandomGenerator random) {
        char[] text = new char[LENGTH];
        long millis = time.toEpochMilli();
        for (int i = TIME_LENGTH - 1; i >= 0; i--) {
            text[i] = CROCKFORD.charAt((int) (millis & 31));
            millis >>>= 5;
        }
        for (int i = TIME_LENGTH; i < LENGTH; i++) {
            text[i] = CROCKFORD.charAt(random.nextInt(32));
        }
        return new MessageId(new String(text));
    }

    /** The id of a message that this one leads to: of the same time, and the same whenever it is asked for the same purpose. */
    public MessageId derived(String purpose) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest((value + " " + purpose).getBytes(UTF_8));
            StringBuilder text = new StringBuilder(value.substring(0, TIME_LENGTH));
            for (int i = 0; text.length() < LENGTH; i++) {
                text.append(CROCKFORD.charAt(hash[i] & 31));
            }
            return new MessageId(text.toString());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The time that the id was made at, in milliseconds. */
    public Instant time() {
        long millis = 0;
        for (int i = 0; i < TIME_LENGTH; i++) {
            millis = millis << 5 | CROCKFORD.indexOf(value.charAt(i));
        }
        return Instant.ofEpochMilli(millis);
    }

    @Override
    public int compareTo(MessageId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
