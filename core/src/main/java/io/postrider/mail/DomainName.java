package io.postrider.mail;

import java.net.IDN;
import java.util.Locale;
import java.util.StringJoiner;

/** Names of domains as they are compared and sent: lower case, A-labels (<a href="https://datatracker.ietf.org/doc/html/rfc5890#section-2.3">RFC 5890, section 2.3</a>), no final dot. */
public final class DomainName {
    /**
     * ß, ς and the joiners mean another domain in IDNA 2008 than in IDNA 2003, which the JDK knows (RFC 5894, section 7.2): a guess could send mail to a
     * stranger.
     */
    private static final String DEVIATIONS = "\u00df\u1e9e\u03c2\u200c\u200d";

    private DomainName() {}

    /**
     * The name with its U-labels made A-labels, in lower case, without a final dot. ASCII labels are not looked at.
     *
     * @throws IllegalArgumentException when a U-label has no A-label, or none that everybody agrees on
     */
    public static String toALabels(String name) {
        String relative = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        if (isAscii(relative)) {
            return relative.toLowerCase(Locale.ROOT);
        }
        StringJoiner labels = new StringJoiner(".");
        for (String label : relative.split("\\.", -1)) {
            labels.add(isAscii(label) ? label : toALabel(label));
        }
        return labels.toString().toLowerCase(Locale.ROOT);
    }

    static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 128);
    }

    private static String toALabel(String label) {
        String ascii;
        try {
            ascii = IDN.toASCII(label, IDN.USE_STD3_ASCII_RULES);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw noALabel(e);
        }
        // A character that IDNA takes for a dot would make two labels of one.
        if (label.chars().anyMatch(c -> DEVIATIONS.indexOf(c) >= 0) || ascii.isEmpty() || ascii.indexOf('.') >= 0) {
            throw noALabel(new IllegalArgumentException(ascii));
        }
        return ascii;
    }

    private static IllegalArgumentException noALabel(RuntimeException cause) {
        return new IllegalArgumentException(
                "domain: a label outside of ASCII has no certain form in A-labels (expected: xn--...)", cause);
    }
}
