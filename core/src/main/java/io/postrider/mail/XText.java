package io.postrider.mail;

import java.nio.charset.StandardCharsets;

/**
 * The encoding of parameter values in SMTP: {@code +} and two hexadecimal digits stand for what may not stand there itself
 * (<a href="https://datatracker.ietf.org/doc/html/rfc3461#section-4">RFC 3461, section 4</a>).
 */
public final class XText {
    private static final String HEX = "0123456789ABCDEF";

    private XText() {}

    /** Encodes printable ASCII and blanks, and what else there is as UTF-8. */
    public static String encode(String text) {
        StringBuilder encoded = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (isXchar(b)) {
                encoded.append((char) b);
            } else {
                encoded.append('+').append(HEX.charAt(b >> 4 & 15)).append(HEX.charAt(b & 15));
            }
        }
        return encoded.toString();
    }

    /**
     * Decodes. Hexadecimal digits may be lower case, which the grammar forbids and some clients write.
     *
     * @throws IllegalArgumentException for what is no xtext, and for control characters behind the encoding, which nobody may pass on
     */
    public static String decode(String text) {
        byte[] decoded = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '+') {
                if (i + 2 >= text.length() || hex(text.charAt(i + 1)) < 0 || hex(text.charAt(i + 2)) < 0) {
                    throw new IllegalArgumentException(
                            "xtext: '+' at position " + (i + 1) + " (expected: two hexadecimal digits behind it)");
                }
                decoded[length++] = (byte) (hex(text.charAt(i + 1)) << 4 | hex(text.charAt(i + 2)));
                i += 2;
            } else if (isXchar(c)) {
                decoded[length++] = (byte) c;
            } else {
                throw new IllegalArgumentException("xtext: position " + (i + 1)
                        + " (expected: printable ASCII without blanks, '=' and '+', or +HH for those)");
            }
        }
        for (int i = 0; i < length; i++) {
            if (decoded[i] >= 0 && decoded[i] < 32 || decoded[i] == 127) {
                throw new IllegalArgumentException("xtext: encodes a control character (expected: none)");
            }
        }
        return new String(decoded, 0, length, StandardCharsets.UTF_8);
    }

    private static boolean isXchar(int c) {
        return c > 32 && c < 127 && c != '+' && c != '=';
    }

    private static int hex(char c) {
        return c < 128 ? Character.digit(c, 16) : -1;
    }
}
