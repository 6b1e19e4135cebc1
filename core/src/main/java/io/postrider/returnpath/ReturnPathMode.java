package io.postrider.returnpath;

import java.util.Arrays;
import java.util.Locale;

/** What a return path of ours names. */
public enum ReturnPathMode {
    /** The delivery: each recipient goes in a transaction of its own. */
    VERP,
    /** The message: many recipients may go in one transaction, and the recipient of a bounce comes from the report. */
    MESSAGE;

    /** Parses what {@code toString} writes. */
    public static ReturnPathMode parse(String text) {
        return Arrays.stream(values())
                .filter(mode -> mode.toString().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("mode: '" + text + "' (expected: verp or message)"));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
