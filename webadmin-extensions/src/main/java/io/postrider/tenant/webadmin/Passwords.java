package io.postrider.tenant.webadmin;

import java.security.SecureRandom;
import java.util.Locale;

/** Passwords and user names for submitters. */
final class Passwords {
    static final int MIN_LENGTH = 8;
    static final int MAX_LENGTH = 128;

    /** Without 0, 1, l and o, which are mistaken for each other; 32 of them, so each carries 5 bits. */
    private static final String ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

    private static final int PASSWORD_LENGTH = 32;
    private static final int SUFFIX_LENGTH = 8;

    private final SecureRandom random = new SecureRandom();

    /** A password of 160 random bits. */
    String generate() {
        return letters(PASSWORD_LENGTH);
    }

    /** A user name that tells its tenant. */
    String usernameFor(String tenant) {
        return tenant + "-" + letters(SUFFIX_LENGTH);
    }

    /** Checks a password that somebody chose; the error does not repeat it. */
    static String requireUsable(String password) {
        int length = password.codePointCount(0, password.length());
        if (length < MIN_LENGTH || length > MAX_LENGTH || password.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "password: %d characters (expected: %d to %d, no control characters)",
                    length,
                    MIN_LENGTH,
                    MAX_LENGTH));
        }
        return password;
    }

    private String letters(int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }
}
