package io.postrider.bridge;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.concurrent.TimeUnit;

/** Reads what {@link Instant#toString} writes. The JDK reads much else, for a hundred times as much work. */
final class InstantText {
    /** What comes before the fraction of a second, such as {@code 2026-11-25T10:00:00}. */
    private static final String SHAPE = "####-##-##T##:##:##";

    /** Of a fraction of a second. */
    private static final int MOST_DIGITS = 9;

    private InstantText() {}

    /** Throws {@link DateTimeParseException} for what is no time in UTC. */
    static Instant parse(String text) {
        if (!isUsual(text)) {
            return Instant.parse(text);
        }
        int hour = number(text, 11, 13);
        int minute = number(text, 14, 16);
        int second = number(text, 17, 19);
        if (hour > 23 || minute > 59 || second > 59) {
            return Instant.parse(text); // 24:00 and leap seconds among others
        }
        try {
            long day = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10))
                    .toEpochDay();
            return Instant.ofEpochSecond(
                    TimeUnit.DAYS.toSeconds(day) + (hour * 60L + minute) * 60 + second, nanosOf(text));
        } catch (DateTimeException e) {
            throw new DateTimeParseException(e.getMessage(), text, 0, e);
        }
    }

    private static boolean isUsual(String text) {
        int digits = text.length() - SHAPE.length() - ".Z".length();
        if (digits == -1) {
            return is(text, 0, SHAPE + "Z");
        }
        return digits > 0 && digits <= MOST_DIGITS && is(text, 0, SHAPE + "." + "#".repeat(digits) + "Z");
    }

    private static int nanosOf(String text) {
        int nanos = 0;
        for (int i = 0; i < MOST_DIGITS; i++) {
            int at = SHAPE.length() + 1 + i;
            nanos = nanos * 10 + (at < text.length() - 1 ? text.charAt(at) - '0' : 0);
        }
        return nanos;
    }

    private static boolean is(String text, int from, String shape) {
        for (int i = 0; i < shape.length(); i++) {
            char c = text.charAt(from + i);
            if (shape.charAt(i) == '#' ? c < '0' || c > '9' : c != shape.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }
}
