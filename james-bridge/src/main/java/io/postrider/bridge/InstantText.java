package io.postrider.bridge;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.concurrent.TimeUnit;

/** Reads what {@link Instant#toString} writes. The JDK reads much else, for a hundred times as much work. */
final class InstantText {
    /** {@code 2026-11-25T10:00:00}, and then {@code Z} or {@code .123Z}. */
    private static final String SHAPE = "####-##-##T##:##:##";

    private static final String SHAPE_OF_MILLIS = ".###Z";

    private InstantText() {}

    /** Throws {@link DateTimeParseException} for what is no time in UTC. */
    static Instant parse(String text) {
        boolean toMillis = text.length() == SHAPE.length() + SHAPE_OF_MILLIS.length();
        boolean usual = (toMillis && is(text, SHAPE.length(), SHAPE_OF_MILLIS)
                        || text.length() == SHAPE.length() + 1 && text.endsWith("Z"))
                && is(text, 0, SHAPE);
        int hour = usual ? number(text, 11, 13) : 24;
        int minute = usual ? number(text, 14, 16) : 60;
        int second = usual ? number(text, 17, 19) : 60;
        if (hour > 23 || minute > 59 || second > 59) {
            return Instant.parse(text); // 24:00 and leap seconds among others
        }
        try {
            long day = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10))
                    .toEpochDay();
            long seconds = TimeUnit.DAYS.toSeconds(day) + (hour * 60L + minute) * 60 + second;
            return Instant.ofEpochSecond(seconds, toMillis ? TimeUnit.MILLISECONDS.toNanos(number(text, 20, 23)) : 0);
        } catch (DateTimeException e) {
            throw new DateTimeParseException(e.getMessage(), text, 0, e);
        }
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
