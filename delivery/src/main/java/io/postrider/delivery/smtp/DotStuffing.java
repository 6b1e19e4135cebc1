package io.postrider.delivery.smtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A message as DATA wants it (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.5.2">RFC 5321, section 4.5.2</a>), in
 * chunks: a dot that starts a line is doubled, a missing last CRLF is added, and the end of data follows once. Wherever the parts of the
 * message are split makes no difference.
 *
 * <p>A dot behind a bare CR or LF is doubled too. Nothing that keeps to the standard is changed by that, and a server that takes such a
 * byte for a line end cannot be led to see the end of data inside the message (SMTP smuggling).
 */
final class DotStuffing implements Iterator<ByteBuf> {
    private static final int CHUNK_BYTES = 64 * 1024;
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] END_OF_DATA = {'.', '\r', '\n'};

    private final Iterator<ByteBuffer> parts;
    private final boolean asItIs;
    private final int chunkBytes;
    private final ByteBufAllocator allocator;
    private ByteBuffer part = ByteBuffer.allocate(0);
    private byte beforeLast = '\r';
    private byte last = '\n';
    private boolean ended;

    DotStuffing(Content content, ByteBufAllocator allocator) {
        this.parts = content.view().iterator();
        this.asItIs = !content.hasDotAtLineStart();
        long atOnce = (asItIs ? content.size() : 2 * content.size()) + CRLF.length + END_OF_DATA.length;
        this.chunkBytes = (int) Math.min(CHUNK_BYTES, atOnce);
        this.allocator = allocator;
    }

    @Override
    public boolean hasNext() {
        return !ended;
    }

    @Override
    public ByteBuf next() {
        if (ended) {
            throw new NoSuchElementException("the end of data has been handed out");
        }
        int end = chunkBytes - END_OF_DATA.length - CRLF.length;
        ByteBuf chunk = allocator.buffer(chunkBytes);
        while (chunk.readableBytes() < end && advance()) {
            int room = end - chunk.readableBytes();
            if (asItIs) {
                copy(Math.min(part.remaining(), room), chunk);
            } else {
                copyDoublingDots(Math.min(part.remaining(), Math.max(1, room / 2)), chunk);
            }
        }
        if (!advance()) {
            if (beforeLast != '\r' || last != '\n') {
                chunk.writeBytes(CRLF);
            }
            chunk.writeBytes(END_OF_DATA);
            ended = true;
        }
        return chunk;
    }

    /** Moves on to a part that has bytes left; false at the end. */
    private boolean advance() {
        while (!part.hasRemaining()) {
            if (!parts.hasNext()) {
                return false;
            }
            part = parts.next();
        }
        return true;
    }

    private void copy(int count, ByteBuf chunk) {
        int end = part.position() + count;
        beforeLast = count > 1 ? part.get(end - 2) : last;
        last = part.get(end - 1);
        write(part.position(), end, chunk);
        part.position(end);
    }

    /** Copies so many bytes, run by run between the dots to double; they take at most twice their room. */
    private void copyDoublingDots(int count, ByteBuf chunk) {
        int end = part.position() + count;
        int runStart = part.position();
        for (int i = runStart; i < end; i++) {
            byte b = part.get(i);
            if (b == '.' && (last == '\n' || last == '\r')) {
                write(runStart, i, chunk);
                chunk.writeByte('.');
                runStart = i;
            }
            beforeLast = last;
            last = b;
        }
        write(runStart, end, chunk);
        part.position(end);
    }

    private void write(int from, int to, ByteBuf chunk) {
        ByteBuffer run = part.duplicate();
        run.limit(to);
        run.position(from);
        chunk.writeBytes(run);
    }
}
