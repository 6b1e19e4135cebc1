package io.postrider.mail;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A mailbox such as {@code bob@example.com}; see <a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.2">RFC 5321,
 * section 4.1.2</a>. The local part keeps its case (it may matter to its host), the domain is lower case. No source routes, no
 * comments, no display names. At most 64 and 255 octets, and 254 together (a path has 256 with its brackets).
 */
public record EmailAddress(String localPart, String domain) implements Comparable<EmailAddress> {
    private static final Pattern IPV4_LITERAL =
            Pattern.compile("\\[(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!\\])|(?=\\]))){4}\\]");
    private static final Pattern IPV6_LITERAL = Pattern.compile("\\[ipv6:([0-9a-f:.]*:[0-9a-f:.]*)\\]");
    private static final int MAX_LENGTH = 254;
    private static final int MAX_DOMAIN = 255;
    private static final int MAX_LABEL = 63;
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
        if (localPart.length() + 1 + domain.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("address: '" + printable(localPart + "@" + domain)
                    + "' (expected: at most " + MAX_LENGTH + " octets)");
        }
    }

    /** Whether the domain is an address literal such as {@code [192.0.2.1]} or {@code [ipv6:2001:db8::1]}. */
    public boolean isAtAddressLiteral() {
        return domain.startsWith("[");
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

    static boolean isDotString(String text) {
        if (text.isEmpty() || text.startsWith(".") || text.endsWith(".") || text.contains("..")) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != '.' && !isAtext(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    static boolean isAtext(int c) {
        return c >= 'a' && c <= 'z'
                || c >= '0' && c <= '9'
                || c >= 'A' && c <= 'Z'
                || c == '-'
                || ATEXT_SPECIALS.indexOf(c) >= 0;
    }

    private static boolean isQuotedString(String text) {
        if (text.length() < 3 || !text.endsWith("\"")) {
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

    /** Whether it is a host name of lower-case labels, or an address literal of RFC 5321, section 4.1.3. */
    static boolean isDomain(String text) {
        if (text.startsWith("[")) {
            return IPV4_LITERAL.matcher(text).matches() || isIpv6Literal(text);
        }
        if (text.isEmpty() || text.length() > MAX_DOMAIN) {
            return false;
        }
        int start = 0;
        while (true) {
            int dot = text.indexOf('.', start);
            int end = dot < 0 ? text.length() : dot;
            if (!isLabel(text, start, end)) {
                return false;
            }
            if (dot < 0) {
                // 192.0.2.1 without its brackets is no name: no top-level domain is a number.
                return !isNumber(text, start, end);
            }
            start = dot + 1;
        }
    }

    private static boolean isLabel(String text, int start, int end) {
        if (end == start || end - start > MAX_LABEL || text.charAt(start) == '-' || text.charAt(end - 1) == '-') {
            return false;
        }
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNumber(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6Literal(String text) {
        Matcher literal = IPV6_LITERAL.matcher(text);
        if (!literal.matches()) {
            return false;
        }
        try {
            // With a colon in it, it is never looked up.
            InetAddress.getByName(literal.group(1));
            return true;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static String printable(String text) {
        String cut = text.length() > 80 ? text.substring(0, 80) + "…" : text;
        return cut.replaceAll("\\p{Cntrl}", "?");
    }
}
