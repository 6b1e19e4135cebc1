package io.postrider.mail;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Decodes {@code =?charset?B|Q?text?=}; see <a href="https://datatracker.ietf.org/doc/html/rfc2047">RFC 2047</a>. */
final class EncodedWords {
    private static final Pattern WORD = Pattern.compile("=\\?([^?*\\s]+)(?:\\*[^?\\s]*)?\\?([bBqQ])\\?([^?\\s]*)\\?=");

    private EncodedWords() {}

    /** Whether there is anything that a reader may take for an encoded word. */
    static boolean isIn(String text) {
        return mayBeIn(text) && WORD.matcher(text).find();
    }

    /** Decodes what can be decoded; a word of an unknown charset or of broken text stays as it is. */
    static String decode(String text) {
        if (!mayBeIn(text)) {
            return text;
        }
        StringBuilder decoded = new StringBuilder(text.length());
        Matcher word = WORD.matcher(text);
        int last = 0;
        Optional<Charset> charset = Optional.empty();
        // Neighbours of one charset are joined as bytes: mailers cut multi-byte characters apart.
        ByteArrayOutputStream pending = new ByteArrayOutputStream();
        while (word.find()) {
            Optional<Charset> next = charset(word.group(1));
            Optional<byte[]> bytes =
                    next.isEmpty() ? Optional.empty() : bytes(word.group(2).charAt(0), word.group(3));
            if (bytes.isEmpty()) {
                continue;
            }
            String between = text.substring(last, word.start());
            if (charset.isEmpty() || !between.isBlank()) {
                flush(pending, charset, decoded);
                decoded.append(between);
            } else if (!charset.equals(next)) {
                flush(pending, charset, decoded);
            }
            pending.writeBytes(bytes.get());
            charset = next;
            last = word.end();
        }
        flush(pending, charset, decoded);
        return decoded.append(text, last, text.length()).toString();
    }

    private static boolean mayBeIn(String text) {
        return text.contains("=?");
    }

    private static void flush(ByteArrayOutputStream pending, Optional<Charset> charset, StringBuilder decoded) {
        charset.ifPresent(set -> decoded.append(pending.toString(set)));
        pending.reset();
    }

    private static Optional<Charset> charset(String name) {
        try {
            return Optional.of(Charset.forName(name));
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return Optional.empty();
        }
    }

    private static Optional<byte[]> bytes(char encoding, String text) {
        if (encoding == 'q' || encoding == 'Q') {
            return Optional.of(fromQ(text));
        }
        try {
            return Optional.of(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static byte[] fromQ(String text) {
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(in.length);
        for (int i = 0; i < in.length; i++) {
            if (in[i] == '_') {
                out.write(' ');
            } else if (in[i] == '=' && i + 2 < in.length && hex(in[i + 1]) >= 0 && hex(in[i + 2]) >= 0) {
                out.write(hex(in[i + 1]) << 4 | hex(in[i + 2]));
                i += 2;
            } else {
                out.write(in[i]);
            }
        }
        return out.toByteArray();
    }

    private static int hex(byte digit) {
        return Character.digit(digit, 16);
    }
}
