package io.postrider.dkim;

import io.postrider.mail.HeaderField;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.BiConsumer;

/** The relaxed canonicalisations of <a href="https://datatracker.ietf.org/doc/html/rfc6376#section-3.4">RFC 6376, section 3.4</a>. */
final class Relaxed {
    private static final int CHUNK = 8192;

    private Relaxed() {}

    /** A field with its final CRLF (section 3.4.2). */
    static byte[] header(HeaderField field) {
        return header(field.name(), field.valueBytes());
    }

    static byte[] header(String name, ByteBuffer value) {
        byte[] prefix = (name.toLowerCase(Locale.ROOT) + ":").getBytes(StandardCharsets.US_ASCII);
        byte[] out = new byte[prefix.length + value.remaining() + 2];
        System.arraycopy(prefix, 0, out, 0, prefix.length);
        int size = prefix.length;
        boolean blank = false;
        while (value.hasRemaining()) {
            byte b = value.get();
            if (b == ' ' || b == '\t') {
                blank = true;
            } else if (b != '\r' && b != '\n') {
                if (blank && size > prefix.length) {
                    out[size++] = ' ';
                }
                blank = false;
                out[size++] = b;
            }
        }
        out[size++] = '\r';
        out[size++] = '\n';
        return java.util.Arrays.copyOf(out, size);
    }

    /** Streams a body (section 3.4.4) into {@code sink}, which gets an array and how many of its bytes count. */
    static void body(ByteBuffer body, BiConsumer<byte[], Integer> sink) {
        Chunks out = new Chunks(sink);
        long lineEnds = 0;
        boolean blank = false;
        boolean any = false;
        int end = body.limit();
        for (int i = body.position(); i < end; i++) {
            byte b = body.get(i);
            if (b == '\r' && i + 1 < end && body.get(i + 1) == '\n') {
                i++;
                lineEnds++;
                blank = false;
            } else if (b == ' ' || b == '\t') {
                blank = true;
            } else {
                for (; lineEnds > 0; lineEnds--) {
                    out.put((byte) '\r');
                    out.put((byte) '\n');
                }
                if (blank) {
                    out.put((byte) ' ');
                    blank = false;
                }
                out.put(b);
                any = true;
            }
        }
        if (any) {
            out.put((byte) '\r');
            out.put((byte) '\n');
        }
        out.flush();
    }

    private static final class Chunks {
        private final BiConsumer<byte[], Integer> sink;
        private final byte[] chunk = new byte[CHUNK];
        private int size;

        Chunks(BiConsumer<byte[], Integer> sink) {
            this.sink = sink;
        }

        void put(byte b) {
            chunk[size++] = b;
            if (size == CHUNK) {
                flush();
            }
        }

        void flush() {
            sink.accept(chunk, size);
            size = 0;
        }
    }
}
