package io.postrider.server.smtp.front;

import io.postrider.mail.Octets;

/**
 * Takes the content of a message out of the octets behind DATA, in one pass and however they are cut into pieces (<a
 * href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.5.2">RFC 5321, sections 4.1.1.4 and 4.5.2</a>). Only CRLF "." CRLF ends it. A dot at the
 * beginning of a line is taken away, where a line begins behind a CRLF and nowhere else. A CR or LF of its own comes out as CRLF and NUL does not come out at
 * all, so that nobody later sees another end of a line, or of the data, than we saw.
 */
final class DataDecoder {
    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final byte DOT = '.';
    private static final byte[] CRLF = {CR, LF};

    private enum State {
        LINE_START,
        DOT_AT_START,
        DOT_CR_AT_START,
        TEXT,
        CR_SEEN,
        END
    }

    /** Takes the content, piece by piece. The arrays are the client's octets, or constants: what they hold does not change. */
    interface Content {
        void text(byte[] bytes, int from, int to);

        /** The end of a line: the two octets at that index are CRLF. */
        void lineEnd(byte[] bytes, int at);

        /** There was a bare CR, a bare LF or a NUL. */
        void irregular();
    }

    private final Content content;
    private State state = State.LINE_START;

    DataDecoder(Content content) {
        this.content = content;
    }

    /** Whether the end of the data was seen. */
    boolean isAtEnd() {
        return state == State.END;
    }

    /** Takes octets, and returns the index behind the last one that belongs to this message. */
    int decode(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && state != State.END) {
            int regular = state == State.TEXT || state == State.LINE_START && bytes[i] != DOT ? line(bytes, i, to) : i;
            if (regular == i) {
                step(bytes, i);
                i++;
            } else {
                i = regular;
            }
        }
        return i;
    }

    /** Takes a line, or the rest of one, as far as it is there and regular; returns the index behind that. */
    private int line(byte[] bytes, int from, int to) {
        int end = endOfText(bytes, from, to);
        if (end > from) {
            content.text(bytes, from, end);
            state = State.TEXT;
        }
        if (end + 1 < to && bytes[end] == CR && bytes[end + 1] == LF) {
            content.lineEnd(bytes, end);
            state = State.LINE_START;
            return end + CRLF.length;
        }
        return end;
    }

    private static int endOfText(byte[] bytes, int from, int to) {
        int i = Octets.firstControl(bytes, from, to);
        while (i < to && bytes[i] != CR && bytes[i] != LF && bytes[i] != 0) {
            i = Octets.firstControl(bytes, i + 1, to);
        }
        return i;
    }

    private void step(byte[] bytes, int at) {
        byte b = bytes[at];
        switch (state) {
            case LINE_START -> {
                if (b == DOT) {
                    state = State.DOT_AT_START;
                } else {
                    text(bytes, at);
                }
            }
            case DOT_AT_START -> {
                if (b == CR) {
                    state = State.DOT_CR_AT_START;
                } else {
                    text(bytes, at);
                }
            }
            case DOT_CR_AT_START -> {
                if (b == LF) {
                    state = State.END;
                } else {
                    bareLineEnd();
                    text(bytes, at);
                }
            }
            case CR_SEEN -> {
                if (b == LF) {
                    content.lineEnd(CRLF, 0);
                    state = State.LINE_START;
                } else {
                    bareLineEnd();
                    text(bytes, at);
                }
            }
            default -> text(bytes, at);
        }
    }

    private void text(byte[] bytes, int at) {
        state = State.TEXT;
        switch (bytes[at]) {
            case CR -> state = State.CR_SEEN;
            case LF -> bareLineEnd();
            case 0 -> content.irregular();
            default -> content.text(bytes, at, at + 1);
        }
    }

    private void bareLineEnd() {
        content.irregular();
        content.lineEnd(CRLF, 0);
    }
}
