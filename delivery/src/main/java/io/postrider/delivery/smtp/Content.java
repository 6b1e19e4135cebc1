package io.postrider.delivery.smtp;

import java.nio.ByteBuffer;
import java.util.List;

/** The bytes of a message, looked through once and then read by any number of transactions through views of their own. */
final class Content {
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long DOTS = '.' * LOW_BITS;

    private final List<ByteBuffer> parts;
    private final long size;
    private final boolean eightBit;
    private final boolean dotAtLineStart;

    Content(List<ByteBuffer> parts) {
        this.parts = parts.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
        long bytes = 0;
        boolean high = false;
        boolean dot = false;
        byte before = '\n';
        for (ByteBuffer part : this.parts) {
            int length = part.remaining();
            bytes += length;
            high = high || hasEightBit(part);
            dot = dot || hasDotAtLineStart(part, before);
            before = length == 0 ? before : part.get(part.limit() - 1);
        }
        this.size = bytes;
        this.eightBit = high;
        this.dotAtLineStart = dot;
    }

    /** In bytes, dot-stuffing not counted. */
    long size() {
        return size;
    }

    boolean hasEightBit() {
        return eightBit;
    }

    /** Whether there is anything to double; see {@link DotStuffing}. */
    boolean hasDotAtLineStart() {
        return dotAtLineStart;
    }

    List<ByteBuffer> view() {
        return parts.stream().map(ByteBuffer::duplicate).toList();
    }

    private static boolean hasEightBit(ByteBuffer part) {
        int i = part.position();
        for (; i + Long.BYTES <= part.limit(); i += Long.BYTES) {
            if ((part.getLong(i) & HIGH_BITS) != 0) {
                return true;
            }
        }
        for (; i < part.limit(); i++) {
            if (part.get(i) < 0) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasDotAtLineStart(ByteBuffer part, byte before) {
        int i = part.position();
        for (; i + Long.BYTES <= part.limit(); i += Long.BYTES) {
            if (mayHaveDot(part.getLong(i)) && hasDotAtLineStart(part, i, i + Long.BYTES, before)) {
                return true;
            }
        }
        return hasDotAtLineStart(part, i, part.limit(), before);
    }

    /** Of eight bytes at once: a byte that is a dot becomes 0, and only what holds a 0 borrows a high bit that it had not. */
    private static boolean mayHaveDot(long bytes) {
        long zeroForDot = bytes ^ DOTS;
        return (zeroForDot - LOW_BITS & ~zeroForDot & HIGH_BITS) != 0;
    }

    private static boolean hasDotAtLineStart(ByteBuffer part, int from, int to, byte before) {
        for (int i = from; i < to; i++) {
            byte last = i == part.position() ? before : part.get(i - 1);
            if (part.get(i) == '.' && (last == '\n' || last == '\r')) {
                return true;
            }
        }
        return false;
    }
}
