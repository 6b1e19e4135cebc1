package io.postrider.mail;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A field of the header section (<a href="https://datatracker.ietf.org/doc/html/rfc5322#section-2.2">RFC 5322, section 2.2</a>), as a
 * slice of the message that it stands in.
 */
public final class HeaderField {
    private final byte[] source;
    private final int start;
    private final int colon;
    private final int end;
    private final String name;
    /** Read when it is asked for; twice the same when two ask at once. */
    private volatile @Nullable List<EmailAddress> addresses;

    HeaderField(byte[] source, int start, int colon, int end) {
        this.source = source;
        this.start = start;
        this.colon = colon;
        this.end = end;
        int nameEnd = colon;
        while (nameEnd > start && isBlank(source[nameEnd - 1])) {
            nameEnd--;
        }
        this.name = new String(source, start, nameEnd - start, StandardCharsets.US_ASCII);
    }

    /** The name as written, without the white space that old mailers put before the colon. */
    public String name() {
        return name;
    }

    public boolean isNamed(String other) {
        return name.equalsIgnoreCase(other);
    }

    /** The whole field as it stands in the message: name, colon, value with its folding, final CRLF. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(source, start, end - start).slice().asReadOnlyBuffer();
    }

    /** What follows the colon, with its folding and the final CRLF. */
    public ByteBuffer valueBytes() {
        return ByteBuffer.wrap(source, colon + 1, end - colon - 1).slice().asReadOnlyBuffer();
    }

    /** The value unfolded and trimmed. Bytes that are no UTF-8 are taken for ISO-8859-1, so no value is unreadable. */
    public String value() {
        return text().replace("\r\n", "").strip();
    }

    /** The addresses in a field such as From; see {@link MailboxList#parse}, which says what it throws. */
    public List<EmailAddress> addresses() {
        List<EmailAddress> known = addresses;
        if (known == null) {
            known = MailboxList.parse(value());
            addresses = known;
        }
        return known;
    }

    /** The value for a person to read: encoded words decoded, control characters made blanks. */
    public String decodedValue() {
        return EncodedWords.decode(value()).replaceAll("[\\p{Cc}\\u2028\\u2029]", " ");
    }

    @Override
    public String toString() {
        return name + ": " + value();
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }

    private String text() {
        if (isAscii()) {
            return new String(source, colon + 1, end - colon - 1, StandardCharsets.ISO_8859_1);
        }
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(valueBytes());
            return text.toString();
        } catch (CharacterCodingException e) {
            return new String(source, colon + 1, end - colon - 1, StandardCharsets.ISO_8859_1);
        }
    }

    private boolean isAscii() {
        for (int i = colon + 1; i < end; i++) {
            if (source[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
