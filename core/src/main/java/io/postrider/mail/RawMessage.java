package io.postrider.mail;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A message as bytes: a header section that was read in one scan, and a body that is never copied
 * (<a href="https://datatracker.ietf.org/doc/html/rfc5322#section-2.1">RFC 5322, section 2.1</a>). Immutable; operations on the header
 * section give a new message over the same body.
 *
 * <p>The header section is always clean: lines end in CRLF and it ends in an empty line. A bare CR or LF there is taken for a line end, NUL is dropped, and
 * a line that is neither a field nor a continuation begins the body, so that whoever reads the bytes later sees the fields that we saw. The
 * body is taken as it is; see {@link #withCrlfBody()}.
 */
public final class RawMessage {
    private static final byte[] CRLF = {'\r', '\n'};

    /** The header section with its empty line, from {@link #headStart} to {@link #headEnd}. */
    private final byte[] head;

    private final int headStart;
    private final int headEnd;
    private final byte[] bodySource;
    private final int bodyStart;
    private final List<HeaderField> fields;
    private final Optional<String> defect;

    private RawMessage(
            byte[] head,
            int headStart,
            int headEnd,
            byte[] bodySource,
            int bodyStart,
            List<HeaderField> fields,
            Optional<String> defect) {
        this.head = head;
        this.headStart = headStart;
        this.headEnd = headEnd;
        this.bodySource = bodySource;
        this.bodyStart = bodyStart;
        this.fields = List.copyOf(fields);
        this.defect = defect;
    }

    /** Reads a message. The array is kept, not copied: the caller must not change it any more. How large it may be is the caller's to say. */
    public static RawMessage parse(byte[] message) {
        return parse(message, 0);
    }

    /** The same, of a message that begins at an index of the array and goes to its end. */
    public static RawMessage parse(byte[] source, int from) {
        HeaderScanner scanner = HeaderScanner.scan(source, from);
        if (scanner.isClean()) {
            return new RawMessage(
                    source,
                    from,
                    scanner.bodyStart(),
                    source,
                    scanner.bodyStart(),
                    fieldsOf(source, from, scanner.bodyStart()),
                    scanner.defect());
        }
        byte[] head = scanner.normalised();
        return new RawMessage(
                head, 0, head.length, source, scanner.bodyStart(), fieldsOf(head, 0, head.length), scanner.defect());
    }

    /**
     * What others may read in another way in the header section as it came, the first of it: a line that is no field, a bare CR or LF, NUL and other control
     * characters, blanks before a colon, a line of blanks. Text of an SMTP reply, with what to do instead. Empty when there is nothing.
     */
    public Optional<String> defect() {
        return defect;
    }

    /** The fields from top to bottom. */
    public List<HeaderField> fields() {
        return fields;
    }

    /** The topmost field of that name, in any case of letters. */
    public Optional<HeaderField> first(String name) {
        for (HeaderField field : fields) {
            if (field.isNamed(name)) {
                return Optional.of(field);
            }
        }
        return Optional.empty();
    }

    /** All fields of that name, in any case of letters, from top to bottom. */
    public List<HeaderField> all(String name) {
        List<HeaderField> found = new ArrayList<>(1);
        for (HeaderField field : fields) {
            if (field.isNamed(name)) {
                found.add(field);
            }
        }
        return List.copyOf(found);
    }

    /** The header section with its empty line. */
    public ByteBuffer header() {
        return ByteBuffer.wrap(head, headStart, headerSize()).slice().asReadOnlyBuffer();
    }

    /** The body: all that follows the empty line. */
    public ByteBuffer body() {
        return ByteBuffer.wrap(bodySource, bodyStart, bodySource.length - bodyStart)
                .slice()
                .asReadOnlyBuffer();
    }

    /** Bytes of the header section with its empty line. */
    public int headerSize() {
        return headEnd - headStart;
    }

    /** Bytes of the whole message. */
    public int size() {
        return headerSize() + bodySource.length - bodyStart;
    }

    /** Without the fields of those names, in any case of letters. */
    public RawMessage withoutFields(String... names) {
        List<HeaderField> rest = new ArrayList<>(fields.size());
        for (HeaderField field : fields) {
            if (!isNamedOneOf(field, names)) {
                rest.add(field);
            }
        }
        if (rest.size() == fields.size()) {
            return this;
        }
        ByteArrayOutputStream kept = new ByteArrayOutputStream(headerSize());
        rest.forEach(field -> kept.write(head, field.start(), field.end() - field.start()));
        kept.writeBytes(CRLF);
        return withHead(kept.toByteArray());
    }

    private static boolean isNamedOneOf(HeaderField field, String... names) {
        for (String name : names) {
            if (field.isNamed(name)) {
                return true;
            }
        }
        return false;
    }

    /**
     * With more fields on top.
     *
     * @param headerBlock whole fields, each with its final CRLF; throws {@link IllegalArgumentException} when it is anything else
     */
    public RawMessage prepend(String headerBlock) {
        byte[] block = wholeFields(headerBlock);
        byte[] longer = Arrays.copyOf(block, block.length + headerSize());
        System.arraycopy(head, headStart, longer, block.length, headerSize());
        return withHead(longer);
    }

    /** With more fields at the bottom, below the trace fields that others count on being on top; see {@link #prepend}. */
    public RawMessage append(String headerBlock) {
        byte[] block = wholeFields(headerBlock);
        byte[] longer = Arrays.copyOf(head, headEnd + block.length);
        System.arraycopy(block, 0, longer, headEnd - CRLF.length, block.length);
        System.arraycopy(CRLF, 0, longer, longer.length - CRLF.length, CRLF.length);
        List<HeaderField> all = new ArrayList<>(fields); // they stand where they stood
        addFields(longer, headEnd - CRLF.length, longer.length, all);
        return new RawMessage(longer, headStart, longer.length, bodySource, bodyStart, all, defect);
    }

    /**
     * With a body whose lines all end in CRLF, the last one too: bare CR and bare LF become line ends, and NUL is dropped, so that no server on
     * the way can see the end of the data where we see none (SMTP smuggling, CVE-2023-51747). Copies only when it must.
     */
    public RawMessage withCrlfBody() {
        if (hasCrlfBody()) {
            return this;
        }
        byte[] normalised = HeaderScanner.withCrlf(bodySource, bodyStart, bodySource.length);
        return new RawMessage(head, headStart, headEnd, normalised, 0, fields, defect);
    }

    /** The message in pieces, in their order, without copying. */
    public List<ByteBuffer> parts() {
        if (head == bodySource) {
            return List.of(ByteBuffer.wrap(head, headStart, size()).slice().asReadOnlyBuffer());
        }
        return List.of(header(), body());
    }

    /** A copy of the whole message. */
    public byte[] toBytes() {
        byte[] bytes = new byte[size()];
        System.arraycopy(head, headStart, bytes, 0, headerSize());
        System.arraycopy(bodySource, bodyStart, bytes, headerSize(), bodySource.length - bodyStart);
        return bytes;
    }

    @Override
    public String toString() {
        return "RawMessage[" + fields.size() + " fields, " + size() + " bytes]";
    }

    private static byte[] wholeFields(String headerBlock) {
        byte[] block = headerBlock.getBytes(StandardCharsets.UTF_8);
        HeaderScanner scanner = HeaderScanner.scan(block, 0);
        if (!scanner.isWholeFields()) {
            throw new IllegalArgumentException(
                    "header block: '" + headerBlock + "' (expected: whole fields, each with its final CRLF)");
        }
        return block;
    }

    private RawMessage withHead(byte[] newHead) {
        return new RawMessage(
                newHead, 0, newHead.length, bodySource, bodyStart, fieldsOf(newHead, 0, newHead.length), defect);
    }

    private boolean hasCrlfBody() {
        int end = bodySource.length;
        int i = bodyStart;
        while ((i = Octets.firstControl(bodySource, i, end)) < end) {
            byte b = bodySource[i++];
            if (b == '\n' || b == 0 || b == '\r' && (i == end || bodySource[i++] != '\n')) {
                return false;
            }
        }
        return end == bodyStart || bodySource[end - 1] == '\n';
    }

    /** Cuts a clean header section into its fields. */
    private static List<HeaderField> fieldsOf(byte[] head, int headStart, int headEnd) {
        List<HeaderField> fields = new ArrayList<>();
        addFields(head, headStart, headEnd, fields);
        return fields;
    }

    private static void addFields(byte[] head, int from, int headEnd, List<HeaderField> fields) {
        int start = from;
        while (head[start] != '\r') {
            int colon = start;
            while (head[colon] != ':') {
                colon++;
            }
            int end = lineEnd(head, colon);
            while (end < headEnd && (head[end] == ' ' || head[end] == '\t')) {
                end = lineEnd(head, end);
            }
            fields.add(new HeaderField(head, start, colon, end));
            start = end;
        }
    }

    private static int lineEnd(byte[] head, int from) {
        int i = from;
        while (head[i] != '\n') {
            i++;
        }
        return i + 1;
    }
}
