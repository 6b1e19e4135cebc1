package io.postrider.delivery.smtp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The bytes of a message, looked through once and then read by any number of transactions through views of their own. */
final class Content {
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long DOTS = '.' * LOW_BITS;
    private static final long LINE_FEEDS = '\n' * LOW_BITS;
    private static final long RETURNS = '\r' * LOW_BITS;
    private static final int EIGHT_BIT = 1;
    private static final int DOT_AT_LINE_START = 2;

    private final List<ByteBuffer> parts;
    private final long size;
    private final boolean eightBit;
    private final boolean dotAtLineStart;

    Content(List<ByteBuffer> parts) {
        List<ByteBuffer> own = new ArrayList<>(parts.size());
        parts.forEach(part -> own.add(part.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN)));
        this.parts = List.copyOf(own);
        long bytes = 0;
        int found = 0;
        byte before = '\n';
        for (ByteBuffer part : this.parts) {
            int length = part.remaining();
            bytes += length;
            found |= lookThrough(part, before);
            before = length == 0 ? before : part.get(part.limit() - 1);
        }
        this.size = bytes;
        this.eightBit = (found & EIGHT_BIT) != 0;
        this.dotAtLineStart = (found & DOT_AT_LINE_START) != 0;
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
        List<ByteBuffer> views = new ArrayList<>(parts.size());
        parts.forEach(part -> views.add(part.duplicate()));
        return views;
    }

    /** Returns what there is of {@link #EIGHT_BIT} and {@link #DOT_AT_LINE_START}. */
    private static int lookThrough(ByteBuffer part, byte before) {
        long all = 0;
        boolean dot = false;
        byte last = before;
        int i = part.position();
        for (; i + Long.BYTES <= part.limit(); i += Long.BYTES) {
            long bytes = part.getLong(i);
            all |= bytes;
            dot = dot || mayHaveDot(bytes) && hasDotAtLineStart(bytes, last);
            last = (byte) (bytes >>> Long.SIZE - Byte.SIZE);
        }
        for (; i < part.limit(); i++) {
            byte b = part.get(i);
            all |= b; // the sign goes into all bits
            dot = dot || b == '.' && isLineEnd(last);
            last = b;
        }
        return ((all & HIGH_BITS) == 0 ? 0 : EIGHT_BIT) | (dot ? DOT_AT_LINE_START : 0);
    }

    /** Of eight bytes at once: a byte that is a dot becomes 0, and only what holds a 0 borrows a high bit that it had not. */
    private static boolean mayHaveDot(long bytes) {
        long zeroForDot = bytes ^ DOTS;
        return (zeroForDot - LOW_BITS & ~zeroForDot & HIGH_BITS) != 0;
    }

    /** @param bytes eight, the first of them lowest */
    private static boolean hasDotAtLineStart(long bytes, byte before) {
        long lineEnds = matches(bytes, LINE_FEEDS) | matches(bytes, RETURNS);
        long lineStarts = lineEnds << Byte.SIZE | (isLineEnd(before) ? HIGH_BITS & 0xff : 0);
        return (matches(bytes, DOTS) & lineStarts) != 0;
    }

    /** The highest bit of each byte that is the one wanted. */
    private static long matches(long bytes, long wanted) {
        long zeroForMatch = bytes ^ wanted;
        return ~((zeroForMatch & ~HIGH_BITS) + ~HIGH_BITS | zeroForMatch | ~HIGH_BITS);
    }

    private static boolean isLineEnd(byte b) {
        return b == '\n' || b == '\r';
    }
}
