package io.postrider.mail;

import java.util.Optional;

/** A code such as {@code 5.1.1}; see <a href="https://datatracker.ietf.org/doc/html/rfc3463#section-2">RFC 3463, section 2</a>. */
public record EnhancedStatusCode(int statusClass, int subject, int detail) {
    private static final int MOST_DIGITS = 3;

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
        // By hand, as each reply of each mail is looked at.
        int subject = 2;
        if (text.length() < subject || "245".indexOf(text.charAt(0)) < 0 || text.charAt(1) != '.') {
            return Optional.empty();
        }
        int subjectEnd = endOfDigits(text, subject);
        int detail = subjectEnd + 1;
        if (subjectEnd == subject || subjectEnd == text.length() || text.charAt(subjectEnd) != '.') {
            return Optional.empty();
        }
        int detailEnd = endOfDigits(text, detail);
        if (detailEnd == detail) {
            return Optional.empty();
        }
        return Optional.of(new EnhancedStatusCode(
                text.charAt(0) - '0',
                Integer.parseInt(text, subject, subjectEnd, 10),
                Integer.parseInt(text, detail, detailEnd, 10)));
    }

    private static int endOfDigits(String text, int from) {
        int end = from;
        while (end < text.length() && end - from < MOST_DIGITS && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    @Override
    public String toString() {
        return statusClass + "." + subject + "." + detail;
    }
}
