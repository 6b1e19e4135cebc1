package io.postrider.benchmarks.relay;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Lines of an SMTP connection, read in blocks; a line is valid until the next is read. For one thread. */
final class Lines {
    private static final int FIRST = 64 * 1024;

    private final InputStream in;
    private byte[] buffer = new byte[FIRST];
    private int start;
    private int end;
    private int lineEnd;

    Lines(InputStream in) {
        this.in = in;
    }

    /** Whether what was read has no further whole line, so that the peer may be waiting for us. */
    boolean isDrained() {
        for (int i = lineEnd; i < end; i++) {
            if (buffer[i] == '\n') {
                return false;
            }
        }
        return true;
    }

    /** Goes to the next line; returns its length without the line end, or -1 at the end of the stream. */
    int next() throws IOException {
        start = lineEnd;
        int at = start;
        while (true) {
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            if (at < end) {
                lineEnd = at + 1;
                return (at > start && buffer[at - 1] == '\r' ? at - 1 : at) - start;
            }
            at -= makeRoom();
            int read = in.read(buffer, end, buffer.length - end);
            if (read < 0) {
                if (end > start) {
                    throw new EOFException("the connection ended within a line");
                }
                return -1;
            }
            end += read;
        }
    }

    private int makeRoom() {
        int moved = start;
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        } else if (end == buffer.length) {
            buffer = java.util.Arrays.copyOf(buffer, 2 * buffer.length);
        }
        return moved;
    }

    byte byteAt(int index) {
        return buffer[start + index];
    }

    boolean startsWith(String text) {
        if (lineEnd - start < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.toUpperCase(text.charAt(i)) != Character.toUpperCase((char) buffer[start + i])) {
                return false;
            }
        }
        return true;
    }

    String text() {
        return new String(buffer, start, lineEnd - start, StandardCharsets.ISO_8859_1).stripTrailing();
    }
}
