package io.postrider.shaping;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Messages per time, spread evenly: what is not used is not saved up for longer than a second.
 *
 * @param messages 1 to 1000000
 * @param per one second, minute, hour or day
 */
public record Rate(int messages, Duration per) {
    static final String EXPECTED = "1 to 1000000 messages per s, m, h or d, as 300/m";
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,6}) ?/ ?([smhd])");
    private static final int MOST = 1_000_000;
    private static final Map<String, Duration> UNITS = Map.of(
            "s", Duration.ofSeconds(1), "m", Duration.ofMinutes(1), "h", Duration.ofHours(1), "d", Duration.ofDays(1));

    public Rate {
        if (messages < 1 || messages > MOST || !UNITS.containsValue(per)) {
            throw new IllegalArgumentException("rate: " + messages + " per " + per + " (expected: " + EXPECTED + ")");
        }
    }

    /** Reads a rate such as {@code 300/m}. */
    public static Rate parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("rate: '" + text + "' (expected: " + EXPECTED + ")");
        }
        return new Rate(Integer.parseInt(matcher.group(1)), UNITS.getOrDefault(matcher.group(2), Duration.ZERO));
    }

    /** From one message to the next. */
    long intervalNanos() {
        return per.toNanos() / messages;
    }

    /** How many may go at once: those of a second. */
    long burst() {
        return Math.max(1, Duration.ofSeconds(1).toNanos() / intervalNanos());
    }

    @Override
    public String toString() {
        String unit = UNITS.entrySet().stream()
                .filter(entry -> entry.getValue().equals(per))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
        return messages + "/" + unit;
    }
}
