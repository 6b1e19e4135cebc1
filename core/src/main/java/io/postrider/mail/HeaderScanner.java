package io.postrider.mail;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds where the header section of a message ends, and whether it is clean as it stands. */
final class HeaderScanner {
    private static final int SHOWN = 40;

    private final byte[] message;
    private final int start;
    private int fieldsEnd;
    private int bodyStart;
    private boolean cleanLines = true;
    private @Nullable String defect;

    private HeaderScanner(byte[] message, int start) {
        this.message = message;
        this.start = start;
    }

    /** @param start where the message begins; it goes to the end of the array */
    static HeaderScanner scan(byte[] message, int start) {
        HeaderScanner scanner = new HeaderScanner(message, start);
        scanner.scan();
        return scanner;
    }

    private void scan() {
        int line = start;
        while (line < message.length) {
            int content = contentEnd(line);
            int next = lineEnd(content);
            if (content == line) {
                end(line, next);
                return;
            }
            if (line > start && isBlank(message[line])) {
                requireMoreThanBlanks(line, content);
            } else if (isField(line, content)) {
                requireNoBlankBeforeColon(line, content);
            } else {
                note("line '" + shown(line, content)
                        + "' is no field; send name: value, and an empty line before the body");
                end(line, line);
                return;
            }
            line = next;
        }
        end(message.length, message.length);
    }

    private void end(int fields, int body) {
        fieldsEnd = fields;
        bodyStart = body;
    }

    private int contentEnd(int line) {
        int end = line;
        while (end < message.length && message[end] != '\r' && message[end] != '\n') {
            byte b = message[end++];
            cleanLines &= b != 0;
            if (b >= 0 && b < 32 && b != '\t' || b == 127) {
                note("control character " + b + "; encode it as RFC 2047 says, or leave it out");
            }
        }
        return end;
    }

    /** A bare CR or LF counts as a line end, as it does for many who read the message later. */
    private int lineEnd(int content) {
        if (isCrlf(message, content)) {
            return content + 2;
        }
        cleanLines = false;
        if (content < message.length) {
            note("bare " + (message[content] == '\r' ? "CR" : "LF") + "; end lines in CRLF");
        }
        return Math.min(content + 1, message.length);
    }

    /** Some take a line of blanks for the end of the header section. */
    private void requireMoreThanBlanks(int line, int end) {
        for (int i = line; i < end; i++) {
            if (!isBlank(message[i])) {
                return;
            }
        }
        note("a line of blanks only; leave it out");
    }

    /** Some take the name for another one then (RFC 5322, section 4.5.3). */
    private void requireNoBlankBeforeColon(int line, int end) {
        int i = line;
        while (i < end && message[i] != ':') {
            if (isBlank(message[i])) {
                note("blank before the colon of '" + shown(line, i) + "'; leave it out");
                return;
            }
            i++;
        }
    }

    private void note(String found) {
        if (defect == null) {
            defect = found;
        }
    }

    private String shown(int from, int to) {
        return new String(message, from, Math.min(SHOWN, to - from), StandardCharsets.US_ASCII)
                .replaceAll("[^ -~]", "?");
    }

    /** What different readers may read in different ways, the first of it; empty when there is nothing. */
    Optional<String> defect() {
        return Optional.ofNullable(defect);
    }

    int bodyStart() {
        return bodyStart;
    }

    /** Whether the section consists of CRLF lines without NUL and ends in an empty one. */
    boolean isClean() {
        return cleanLines && !isUnterminated();
    }

    /** Whether the section lacks its empty line. */
    boolean isUnterminated() {
        return bodyStart == fieldsEnd;
    }

    /** Whether there is nothing but fields of CRLF lines, without the empty line. */
    boolean isWholeFields() {
        return cleanLines && message.length > 0 && fieldsEnd == message.length;
    }

    byte[] normalised() {
        byte[] fields = withCrlf(message, start, fieldsEnd);
        byte[] head = java.util.Arrays.copyOf(fields, fields.length + 2);
        head[fields.length] = '\r';
        head[fields.length + 1] = '\n';
        return head;
    }

    /**
     * Copies lines so that each ends in CRLF, the last one too, and drops NUL, which nobody may send and some drop on arrival (RFC 5321, section
     * 4.5.2; RFC 5322, section 4).
     */
    static byte[] withCrlf(byte[] source, int from, int to) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream(to - from + 64);
        int line = from;
        while (line < to) {
            int end = line;
            while (end < to && source[end] != '\r' && source[end] != '\n') {
                end++;
            }
            for (int i = line; i < end; i++) {
                if (source[i] != 0) {
                    lines.write(source[i]);
                }
            }
            lines.write('\r');
            lines.write('\n');
            line = end + (end + 1 < to && isCrlf(source, end) ? 2 : 1);
        }
        return lines.toByteArray();
    }

    private static boolean isCrlf(byte[] message, int at) {
        return at + 1 < message.length && message[at] == '\r' && message[at + 1] == '\n';
    }

    /** RFC 5322, section 3.6.8, and white space before the colon as section 4.5.3 has it. */
    private boolean isField(int line, int end) {
        int i = line;
        while (i < end && message[i] > 32 && message[i] < 127 && message[i] != ':') {
            i++;
        }
        if (i == line) {
            return false;
        }
        while (i < end && isBlank(message[i])) {
            i++;
        }
        return i < end && message[i] == ':';
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
