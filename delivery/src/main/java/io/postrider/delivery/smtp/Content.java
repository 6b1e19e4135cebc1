package io.postrider.delivery.smtp;

import java.nio.ByteBuffer;
import java.util.List;

/** The bytes of a message, read by any number of transactions through views of their own. */
final class Content {
    private final List<ByteBuffer> parts;
    private final long size;
    private final boolean eightBit;

    Content(List<ByteBuffer> parts) {
        this.parts = parts.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
        this.size = this.parts.stream().mapToLong(ByteBuffer::remaining).sum();
        this.eightBit = this.parts.stream().anyMatch(Content::hasEightBit);
    }

    /** In bytes, dot-stuffing not counted. */
    long size() {
        return size;
    }

    boolean hasEightBit() {
        return eightBit;
    }

    List<ByteBuffer> view() {
        return parts.stream().map(ByteBuffer::duplicate).toList();
    }

    private static boolean hasEightBit(ByteBuffer part) {
        for (int i = part.position(); i < part.limit(); i++) {
            if (part.get(i) < 0) {
                return true;
            }
        }
        return false;
    }
}
