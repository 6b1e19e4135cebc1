package io.postrider.server.smtp.front;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One line of the client, put together from pieces. What goes beyond the limit is dropped, and remembered to have been there. */
final class CommandLine {
    private static final int FIRST = 128;

    private final int limit;
    private byte[] bytes = new byte[FIRST];
    private int length;
    private boolean tooLong;
    private byte last;
    private byte lastButOne;

    CommandLine(int limit) {
        this.limit = limit;
    }

    void add(byte[] source, int from, int to) {
        if (from == to) {
            return;
        }
        lastButOne = to - from > 1 ? source[to - 2] : last;
        last = source[to - 1];
        int room = Math.min(to - from, limit - length);
        tooLong |= room < to - from;
        if (length + room > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(limit, Math.max(length + room, 2 * bytes.length)));
        }
        System.arraycopy(source, from, bytes, length, room);
        length += room;
    }

    boolean isEmpty() {
        return length == 0;
    }

    boolean isTooLong() {
        return tooLong;
    }

    /** As much of it as was kept, with its end. */
    String text() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Whether it begins with that verb, in upper case, as a word of its own. */
    boolean isCommand(String verb) {
        if (length < verb.length() + 1) {
            return false;
        }
        for (int i = 0; i < verb.length(); i++) {
            if ((bytes[i] & ~0x20) != verb.charAt(i)) {
                return false;
            }
        }
        byte behind = bytes[verb.length()];
        return behind == ' ' || behind == '\r';
    }

    /** Whether it is a line as RFC 5321, section 2.3.8 has it, once its LF is there. */
    boolean endsInCrlf() {
        return lastButOne == '\r';
    }

    /** Whether there is a CR or NUL that no line may have. */
    boolean hasStrayControls() {
        for (int i = 0; i < length - 2; i++) {
            if (bytes[i] == '\r' || bytes[i] == 0) {
                return true;
            }
        }
        return false;
    }

    /** The line with its end; the next one begins. */
    byte[] take() {
        byte[] line = Arrays.copyOf(bytes, length);
        length = 0;
        tooLong = false;
        last = 0;
        lastButOne = 0;
        if (bytes.length > FIRST) {
            bytes = new byte[FIRST];
        }
        return line;
    }
}
