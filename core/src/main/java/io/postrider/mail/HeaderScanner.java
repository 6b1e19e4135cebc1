package io.postrider.mail;

import java.io.ByteArrayOutputStream;

/** Finds where the header section of a message ends, and whether it is clean as it stands. */
final class HeaderScanner {
    private final byte[] message;
    private final int fieldsEnd;
    private final int bodyStart;
    private final boolean cleanLines;

    private HeaderScanner(byte[] message, int fieldsEnd, int bodyStart, boolean cleanLines) {
        this.message = message;
        this.fieldsEnd = fieldsEnd;
        this.bodyStart = bodyStart;
        this.cleanLines = cleanLines;
    }

    static HeaderScanner scan(byte[] message) {
        boolean cleanLines = true;
        int line = 0;
        while (line < message.length) {
            int next = line;
            while (next < message.length && message[next] != '\r' && message[next] != '\n') {
                cleanLines &= message[next] != 0;
                next++;
            }
            int content = next;
            if (isCrlf(message, next)) {
                next += 2;
            } else {
                cleanLines = false;
                next = Math.min(next + 1, message.length);
            }
            if (content == line) {
                return new HeaderScanner(message, line, next, cleanLines);
            }
            boolean continuation = line > 0 && (message[line] == ' ' || message[line] == '\t');
            if (!continuation && !isField(message, line, content)) {
                return new HeaderScanner(message, line, line, cleanLines);
            }
            line = next;
        }
        return new HeaderScanner(message, message.length, message.length, cleanLines);
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
        byte[] fields = withCrlf(message, 0, fieldsEnd);
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
    private static boolean isField(byte[] message, int line, int end) {
        int i = line;
        while (i < end && message[i] > 32 && message[i] < 127 && message[i] != ':') {
            i++;
        }
        if (i == line) {
            return false;
        }
        while (i < end && (message[i] == ' ' || message[i] == '\t')) {
            i++;
        }
        return i < end && message[i] == ':';
    }
}
