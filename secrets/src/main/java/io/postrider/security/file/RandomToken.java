package io.postrider.security.file;

import java.security.SecureRandom;

/**
 * Tokens and passwords that machines make. The letters are those of base 32 (<a
 * href="https://datatracker.ietf.org/doc/html/rfc4648#section-6">RFC 4648, section 6</a>) in lower case: nothing that a shell, a URL or
 * a {@code .properties} file would read as its own.
 */
public final class RandomToken {
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int BITS_PER_LETTER = 5;
    private static final int LEAST_BITS = 128;

    private RandomToken() {}

    /** A token of at least so many random bits, 128 or more; 160 bits make 32 letters. */
    public static String of(int bits, SecureRandom random) {
        if (bits < LEAST_BITS) {
            throw new IllegalArgumentException("bits: " + bits + " (expected: " + LEAST_BITS + " or more)");
        }
        int letters = (bits + BITS_PER_LETTER - 1) / BITS_PER_LETTER;
        StringBuilder token = new StringBuilder(letters);
        random.ints(letters, 0, ALPHABET.length()).forEach(index -> token.append(ALPHABET.charAt(index)));
        return token.toString();
    }
}
