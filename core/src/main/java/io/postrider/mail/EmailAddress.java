package io.postrider.mail;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A mailbox such as {@code bob@example.com}; see <a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.2">RFC 5321,
 * section 4.1.2</a>. The local part keeps its case (it may matter to its host), the domain is lower case. No source routes, no
 * comments, no display names. At most 64 and 255 octets.
 */
public record EmailAddress(String localPart, String domain) implements Comparable<EmailAddress> {
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
    private static final String ATEXT_SPECIALS = "!#$%&'*+-/=?^_`{|}~";

    public EmailAddress {
        domain = domain.toLowerCase(Locale.ROOT);
        if (!isLocalPart(localPart)) {
            throw new IllegalArgumentException("local part: '" + printable(localPart)
                    + "' (expected: a dot-string or quoted string of at most 64 octets)");
        }
        if (!isDomain(domain)) {
            throw new IllegalArgumentException(
                    "domain: '" + printable(domain) + "' (expected: a host name or an address literal)");
        }
    }

    /** Parses {@code local@domain}; throws {@link IllegalArgumentException} that says what was wrong. */
    public static EmailAddress parse(String text) {
        int at = text.lastIndexOf('@');
        if (at < 1) {
            throw new IllegalArgumentException("address: '" + printable(text) + "' (expected: local-part@domain)");
        }
        return new EmailAddress(text.substring(0, at), text.substring(at + 1));
    }

    /** Like {@link #parse}, with an empty answer instead of an error. */
    public static Optional<EmailAddress> tryParse(String text) {
        try {
            return Optional.of(parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public int compareTo(EmailAddress other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return localPart + "@" + domain;
    }

    private static boolean isLocalPart(String text) {
        if (text.isEmpty() || text.length() > 64) {
            return false;
        }
        return text.charAt(0) == '"' ? isQuotedString(text) : isDotString(text);
    }

    private static boolean isDotString(String text) {
        if (text.startsWith(".") || text.endsWith(".") || text.contains("..")) {
            return false;
        }
        return text.chars().allMatch(c -> c == '.' || isAtext(c));
    }

    static boolean isAtext(int c) {
        return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || ATEXT_SPECIALS.indexOf(c) >= 0;
    }

    private static boolean isQuotedString(String text) {
        if (text.length() < 2 || !text.endsWith("\"")) {
            return false;
        }
        for (int i = 1; i < text.length() - 1; i++) {
            char c = text.charAt(i);
            if (c < 32 || c > 126 || c == '"') {
                return false;
            }
            if (c == '\\' && ++i == text.length() - 1) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDomain(String text) {
        if (text.startsWith("[")) {
            return text.length() <= 255 && text.matches("\\[[0-9a-z:.-]+\\]");
        }
        if (text.isEmpty() || text.length() > 255) {
            return false;
        }
        for (String label : text.split("\\.", -1)) {
            if (!LABEL.matcher(label).matches()) {
                return false;
            }
        }
        return true;
    }

    private static String printable(String text) {
        String cut = text.length() > 80 ? text.substring(0, 80) + "…" : text;
        return cut.replaceAll("\\p{Cntrl}", "?");
    }
}
