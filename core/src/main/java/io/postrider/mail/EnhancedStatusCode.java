package io.postrider.mail;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A code such as {@code 5.1.1}; see <a href="https://datatracker.ietf.org/doc/html/rfc3463#section-2">RFC 3463, section 2</a>. */
public record EnhancedStatusCode(int statusClass, int subject, int detail) {
    private static final Pattern SYNTAX = Pattern.compile("([245])\\.(\\d{1,3})\\.(\\d{1,3})");

    public EnhancedStatusCode {
        if (statusClass != 2 && statusClass != 4 && statusClass != 5) {
            throw new IllegalArgumentException("statusClass: " + statusClass + " (expected: 2, 4 or 5)");
        }
        if (subject < 0 || subject > 999 || detail < 0 || detail > 999) {
            throw new IllegalArgumentException(
                    "subject and detail: " + subject + "." + detail + " (expected: 0 to 999 each)");
        }
    }

    /** Parses {@code 5.1.1}; throws {@link IllegalArgumentException} for anything else. */
    public static EnhancedStatusCode parse(String text) {
        return startOf(text)
                .filter(code -> code.toString().length() == text.length())
                .orElseThrow(() -> new IllegalArgumentException(
                        "enhanced status code: '" + text + "' (expected: three numbers such as 5.1.1)"));
    }

    /** Finds the code that a reply text starts with, as <a href="https://datatracker.ietf.org/doc/html/rfc2034#section-4">RFC 2034</a> places it. */
    public static Optional<EnhancedStatusCode> startOf(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.lookingAt()) {
            return Optional.empty();
        }
        return Optional.of(new EnhancedStatusCode(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3))));
    }

    @Override
    public String toString() {
        return statusClass + "." + subject + "." + detail;
    }
}
