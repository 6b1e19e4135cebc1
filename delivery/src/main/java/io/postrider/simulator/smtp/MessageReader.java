package io.postrider.simulator.smtp;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Takes message data in until the end of data, undoing dot-stuffing (RFC 5321, section 4.5.2). Only CR LF ends a line: a bare CR or LF is
 * content. Bytes beyond the limit are counted and dropped.
 */
final class MessageReader {
    private static final int FIRST_CAPACITY = 4096;

    private enum Position {
        LINE_START,
        BEHIND_DOT,
        BEHIND_DOT_CR,
        BEHIND_CR,
        IN_LINE
    }

    private final long maxBytes;
    private byte[] bytes = new byte[FIRST_CAPACITY];
    private int kept;
    private boolean overflown;
    private Position position = Position.LINE_START;

    MessageReader(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Returns whether the end of data was read; what lies behind it stays unread. */
    boolean read(ByteBuf in) {
        while (in.isReadable()) {
            if (endsWith(in.readByte())) {
                return true;
            }
        }
        return false;
    }

    boolean isTooLarge() {
        return overflown;
    }

    byte[] message() {
        return Arrays.copyOf(bytes, kept);
    }

    private boolean endsWith(byte b) {
        switch (position) {
            case LINE_START -> {
                if (b == '.') {
                    position = Position.BEHIND_DOT;
                } else {
                    keep(b);
                }
            }
            case BEHIND_DOT -> {
                if (b == '\r') {
                    position = Position.BEHIND_DOT_CR;
                } else {
                    keep(b);
                }
            }
            case BEHIND_DOT_CR -> {
                if (b == '\n') {
                    return true;
                }
                keep((byte) '\r');
                keep(b);
            }
            case BEHIND_CR, IN_LINE -> keep(b);
        }
        return false;
    }

    private void keep(byte b) {
        if (b == '\n' && position == Position.BEHIND_CR) {
            position = Position.LINE_START;
        } else {
            position = b == '\r' ? Position.BEHIND_CR : Position.IN_LINE;
        }
        if (kept >= maxBytes) {
            overflown = true;
            return;
        }
        if (kept == bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(maxBytes, bytes.length * 2L));
        }
        bytes[kept++] = b;
    }
}
