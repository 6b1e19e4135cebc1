package io.postrider.mail;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Makes a message fit for a server without 8BITMIME (<a href="https://datatracker.ietf.org/doc/html/rfc6152#section-3">RFC 6152, section
 * 3</a>): parts with 8-bit bytes, or with lines over 998 bytes, are encoded, text as quoted-printable and all else as base64. What is inside a
 * {@code multipart/signed} or {@code multipart/encrypted} stays as it is, since its signature covers the encoding.
 *
 * <p>Unstructured header fields become encoded words; 8-bit bytes in structured ones, which no standard allows, stay.
 */
public final class SevenBit {
    /** The longest line without its CRLF (<a href="https://datatracker.ietf.org/doc/html/rfc5322#section-2.1.1">RFC 5322, section 2.1.1</a>). */
    public static final int MAX_LINE = 998;

    private static final int MAX_DEPTH = 50;
    private static final int QUOTED_LINE = 76;
    private static final int WORD_BYTES = 45;
    private static final byte[] CRLF = {'\r', '\n'};
    private static final String ENCODING = "Content-Transfer-Encoding";
    private static final String TYPE = "Content-Type";
    private static final Set<String> UNSTRUCTURED = Set.of("subject", "comments", "content-description");
    private static final Set<String> ADDRESSES = Set.of(
            "from",
            "sender",
            "reply-to",
            "to",
            "cc",
            "bcc",
            "resent-from",
            "resent-sender",
            "resent-to",
            "resent-cc",
            "resent-bcc");
    private static final Pattern BOUNDARY = Pattern.compile(
            ";\\s*boundary\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s;]+))", Pattern.CASE_INSENSITIVE);

    private SevenBit() {}

    /** Whether a byte of the message is beyond US-ASCII. */
    public static boolean hasEightBit(RawMessage message) {
        return message.parts().stream().anyMatch(part -> hasEightBit(bytesOf(part)));
    }

    /** Whether a line of the body is longer than SMTP allows. */
    public static boolean hasLongLines(RawMessage message) {
        return hasLongLine(bytesOf(message.body()));
    }

    /** The message with what needs it encoded; the same when nothing does. */
    public static RawMessage of(RawMessage message) {
        return convert(message, true, 0);
    }

    private static RawMessage convert(RawMessage entity, boolean outermost, int depth) {
        byte[] body = bytesOf(entity.body());
        String type = entity.first(TYPE).map(HeaderField::value).orElse("text/plain");
        String media = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        byte[] converted = body;
        Optional<String> encoding = Optional.empty();
        if (media.equals("multipart/signed") || media.equals("multipart/encrypted") || depth > MAX_DEPTH) {
            return withCleanHeader(entity, body, Optional.empty(), outermost, false);
        }
        if (media.startsWith("multipart/")) {
            converted = convertParts(body, type, depth);
            encoding = isSaidToBeEightBit(entity) && !hasEightBit(converted) ? Optional.of("7bit") : Optional.empty();
        } else if (media.equals("message/rfc822")) {
            converted = bytesOf(convert(RawMessage.parse(body), false, depth + 1));
            encoding = isSaidToBeEightBit(entity) && !hasEightBit(converted) ? Optional.of("7bit") : Optional.empty();
        } else if (!media.startsWith("message/") && isUnencoded(entity) && (hasEightBit(body) || hasLongLine(body))) {
            boolean text = media.startsWith("text/");
            converted = text ? quotedPrintable(body) : base64(body);
            encoding = Optional.of(text ? "quoted-printable" : "base64");
        } else if (isSaidToBeEightBit(entity) && !hasEightBit(body)) {
            encoding = Optional.of("7bit");
        }
        boolean nameless =
                encoding.isPresent() && hasEightBit(body) && entity.first(TYPE).isEmpty();
        return withCleanHeader(entity, converted, encoding, outermost, nameless);
    }

    /** @param untyped whether the entity needs to be told its type, since its bytes are now told by name */
    private static RawMessage withCleanHeader(
            RawMessage entity, byte[] body, Optional<String> encoding, boolean outermost, boolean untyped) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(entity.size() + entity.size() / 4);
        for (HeaderField field : entity.fields()) {
            if (encoding.isEmpty() || !field.isNamed(ENCODING)) {
                out.writeBytes(sevenBitField(field));
            }
        }
        if (encoding.isPresent()) {
            if (outermost && entity.first("MIME-Version").isEmpty()) {
                out.writeBytes(ascii("MIME-Version: 1.0\r\n"));
            }
            if (untyped) {
                out.writeBytes(ascii(TYPE + ": text/plain; charset="
                        + (isUtf8(bytesOf(entity.body())) ? "utf-8" : "unknown-8bit") + "\r\n"));
            }
            out.writeBytes(ascii(ENCODING + ": " + encoding.get() + "\r\n"));
        }
        out.writeBytes(CRLF);
        out.writeBytes(body);
        return RawMessage.parse(out.toByteArray());
    }

    private static byte[] sevenBitField(HeaderField field) {
        byte[] bytes = bytesOf(field.bytes());
        String name = field.name().toLowerCase(Locale.ROOT);
        if (!hasEightBit(bytes)) {
            return bytes;
        }
        if (UNSTRUCTURED.contains(name) || name.startsWith("x-")) {
            return ascii(field.name() + ": " + encodedWords(field.value()) + "\r\n");
        }
        if (ADDRESSES.contains(name)) {
            return (field.name() + ":" + withEncodedNames(field.value()) + "\r\n").getBytes(StandardCharsets.UTF_8);
        }
        return bytes;
    }

    private static String encodedWords(String text) {
        return pieces(text).stream()
                .map(piece -> "=?utf-8?B?" + Base64.getEncoder().encodeToString(piece.getBytes(StandardCharsets.UTF_8))
                        + "?=")
                .collect(Collectors.joining("\r\n "));
    }

    /** A list of addresses, one on each line, its display names as encoded words (RFC 2047, section 5); addresses and comments stay. */
    private static String withEncodedNames(String list) {
        StringBuilder out = new StringBuilder();
        StringBuilder text = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            if (c == '<' && !quoted) {
                String phrase = text.toString().strip();
                out.append(phrase.isEmpty() ? "" : " " + encodedName(phrase));
                text.setLength(0);
            }
            text.append(c);
            if (c == '\\' && quoted && i + 1 < list.length()) {
                i++;
                text.append(list.charAt(i));
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                out.append(' ').append(text.toString().strip()).append("\r\n");
                text.setLength(0);
            }
        }
        return out.append(' ').append(text.toString().strip()).toString();
    }

    private static String encodedName(String phrase) {
        boolean isPlain = phrase.chars().allMatch(c -> c < 128);
        boolean hasMore = phrase.contains("(") || phrase.contains(":"); // a comment, or the name of a group
        return isPlain || hasMore ? phrase : encodedWords(unquoted(phrase));
    }

    private static String unquoted(String phrase) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < phrase.length(); i++) {
            char c = phrase.charAt(i);
            if (c == '\\' && i + 1 < phrase.length()) {
                i++;
                text.append(phrase.charAt(i));
            } else if (c != '"') {
                text.append(c);
            }
        }
        return text.toString();
    }

    /** The text in pieces that fit into an encoded word each, no character cut apart. */
    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        StringBuilder piece = new StringBuilder();
        int bytes = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            String character = Character.toString(text.codePointAt(i));
            int length = character.getBytes(StandardCharsets.UTF_8).length;
            if (bytes + length > WORD_BYTES) {
                pieces.add(piece.toString());
                piece.setLength(0);
                bytes = 0;
            }
            piece.append(character);
            bytes += length;
        }
        pieces.add(piece.toString());
        return pieces;
    }

    private static byte[] convertParts(byte[] body, String type, int depth) {
        Matcher boundary = BOUNDARY.matcher(type);
        if (!boundary.find()) {
            return body;
        }
        String quoted = boundary.group(1);
        byte[] delimiter = ascii("--" + (quoted == null ? boundary.group(2) : quoted.replaceAll("\\\\(.)", "$1")));
        ByteArrayOutputStream out = new ByteArrayOutputStream(body.length + body.length / 4);
        int partStart = -1;
        int copied = 0;
        for (int line = 0; line < body.length; line = nextLine(body, line)) {
            if (!startsWith(body, line, delimiter)) {
                continue;
            }
            if (partStart >= 0) {
                int partEnd = Math.max(partStart, line - CRLF.length); // the line end belongs to the delimiter
                byte[] part = Arrays.copyOfRange(body, partStart, partEnd);
                boolean fit = !hasEightBit(part) && !hasLongLine(part);
                out.writeBytes(fit ? part : bytesOf(convert(RawMessage.parse(part), false, depth + 1)));
                copied = partEnd;
            }
            int next = nextLine(body, line);
            out.write(body, copied, next - copied);
            copied = next;
            if (startsWith(body, line + delimiter.length, ascii("--"))) {
                break;
            }
            partStart = next;
        }
        out.write(body, copied, body.length - copied);
        return out.toByteArray();
    }

    private static boolean isSaidToBeEightBit(RawMessage entity) {
        String encoding = encodingOf(entity);
        return encoding.equals("8bit") || encoding.equals("binary");
    }

    private static boolean isUnencoded(RawMessage entity) {
        return Set.of("7bit", "8bit", "binary").contains(encodingOf(entity));
    }

    private static String encodingOf(RawMessage entity) {
        return entity.first(ENCODING).map(HeaderField::value).orElse("7bit").toLowerCase(Locale.ROOT);
    }

    /** RFC 2045, section 6.7: CRLF stays a line break, lines have at most 76 characters. */
    private static byte[] quotedPrintable(byte[] text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length + text.length / 2);
        int column = 0;
        for (int i = 0; i < text.length; i++) {
            if (isCrlf(text, i)) {
                out.writeBytes(CRLF);
                column = 0;
                i++;
                continue;
            }
            byte b = text[i];
            boolean blankAtEnd = (b == ' ' || b == '\t') && (i + 1 == text.length || isCrlf(text, i + 1));
            boolean plain = (b > ' ' && b <= '~' && b != '=' || b == ' ' || b == '\t') && !blankAtEnd;
            int width = plain ? 1 : 3;
            if (column + width > QUOTED_LINE - 1) {
                out.writeBytes(ascii("=\r\n"));
                column = 0;
            }
            if (plain) {
                out.write(b);
            } else {
                out.writeBytes(ascii(String.format(Locale.ROOT, "=%02X", b & 0xFF)));
            }
            column += width;
        }
        return out.toByteArray();
    }

    private static byte[] base64(byte[] bytes) {
        byte[] encoded = Base64.getMimeEncoder(QUOTED_LINE, CRLF).encode(bytes);
        byte[] whole = Arrays.copyOf(encoded, encoded.length + CRLF.length);
        System.arraycopy(CRLF, 0, whole, encoded.length, CRLF.length);
        return whole;
    }

    private static boolean isCrlf(byte[] bytes, int at) {
        return at + 1 < bytes.length && bytes[at] == '\r' && bytes[at + 1] == '\n';
    }

    private static boolean hasEightBit(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasLongLine(byte[] bytes) {
        for (int line = 0; line < bytes.length; ) {
            int next = nextLine(bytes, line);
            if (next - line > MAX_LINE + CRLF.length) {
                return true;
            }
            line = next;
        }
        return false;
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return text.limit() >= 0;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static int nextLine(byte[] bytes, int from) {
        int i = from;
        while (i < bytes.length && bytes[i] != '\n') {
            i++;
        }
        return Math.min(bytes.length, i + 1);
    }

    private static boolean startsWith(byte[] bytes, int at, byte[] what) {
        return at + what.length <= bytes.length && Arrays.equals(bytes, at, at + what.length, what, 0, what.length);
    }

    private static byte[] bytesOf(RawMessage message) {
        return message.toBytes();
    }

    private static byte[] bytesOf(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
