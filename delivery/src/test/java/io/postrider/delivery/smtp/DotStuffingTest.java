package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DotStuffingTest {
    private static final int MAX_CHUNK = 64 * 1024;

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "'',                      .RN",
                "aRN,                     aRN.RN",
                "a,                       aRN.RN",
                "aR,                      aRRN.RN",
                ".RN,                     ..RN.RN",
                "..RN,                    ...RN.RN",
                "aRN.RNb,                 aRN..RNbRN.RN",
                "a.b.RN.,                 a.b.RN..RN.RN",
                "aN.RNb,                  aN..RNbRN.RN",
                "aR.Rb,                   aR..RbRN.RN",
                "aRN.Nb,                  aRN..NbRN.RN",
                "RN,                      RN.RN"
            })
    void nextShouldDoubleDotsAtLineStartsAndEndTheDataOnce(String message, String wire) {
        for (int part = 1; part <= 4; part++) {
            assertThat(new String(stuffed(split(bytes(message), part)), StandardCharsets.US_ASCII))
                    .isEqualTo(new String(bytes(wire), StandardCharsets.US_ASCII));
        }
    }

    @Test
    void unstuffingShouldGiveTheMessageBackWhereverItIsSplit() {
        Random random = new Random(20261125);
        for (int round = 0; round < 500; round++) {
            byte[] message = message(random, random.nextInt(round % 50 == 0 ? 200_000 : 400));

            byte[] wire = stuffed(splitAtRandom(message, random));

            assertThat(unstuffed(wire)).as("round %s", round).isEqualTo(message);
        }
    }

    @Test
    void anEightBitByteShouldBeSeenWhereverItStands() {
        for (int at = 0; at < 40; at++) {
            byte[] message = "a.".repeat(20).getBytes(StandardCharsets.US_ASCII);
            assertThat(new Content(split(message, 11)).hasEightBit()).isFalse();

            message[at] = (byte) 0x80;
            assertThat(new Content(split(message, 11)).hasEightBit()).isTrue();
        }
    }

    @Test
    void aDotShouldBeSeenAtTheStartOfALineAndNowhereElse() {
        for (int at = 1; at < 40; at++) {
            byte[] message = "xy".repeat(20).getBytes(StandardCharsets.US_ASCII);
            message[at] = '.';
            assertThat(new Content(split(message, 11)).hasDotAtLineStart()).isFalse();

            message[at - 1] = at % 2 == 0 ? (byte) '\n' : (byte) '\r';
            assertThat(new Content(split(message, 11)).hasDotAtLineStart()).isTrue();
        }
    }

    @Test
    void nextShouldKeepChunksBoundedEvenWhenEveryByteIsDoubled() {
        byte[] message = "\n.".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
        DotStuffing chunks =
                new DotStuffing(new Content(List.of(ByteBuffer.wrap(message))), UnpooledByteBufAllocator.DEFAULT);

        long total = 0;
        while (chunks.hasNext()) {
            ByteBuf chunk = chunks.next();
            assertThat(chunk.readableBytes()).isBetween(1, MAX_CHUNK);
            total += chunk.readableBytes();
            chunk.release();
        }

        assertThat(total).isEqualTo(message.length + 100_000 + "\r\n.\r\n".length());
    }

    @Test
    void nextShouldLeaveTheBuffersOfTheCallerAlone() {
        ByteBuffer part = ByteBuffer.wrap(bytes("aRN.RN")).asReadOnlyBuffer();

        stuffed(new Content(List.of(part)).view());

        assertThat(part.position()).isZero();
        assertThat(part.remaining()).isEqualTo(6);
    }

    private static byte[] bytes(String text) {
        return text.replace('R', '\r').replace('N', '\n').getBytes(StandardCharsets.US_ASCII);
    }

    /** CRLF line ends, many dots, no bare CR or LF, a line end at the end. */
    private static byte[] message(Random random, int length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (out.size() < length) {
            switch (random.nextInt(4)) {
                case 0 -> out.write('.');
                case 1 -> out.writeBytes(new byte[] {'\r', '\n'});
                case 2 -> out.write(128 + random.nextInt(128));
                default -> out.writeBytes("x".repeat(random.nextInt(100)).getBytes(StandardCharsets.US_ASCII));
            }
        }
        out.writeBytes(new byte[] {'\r', '\n'});
        return out.toByteArray();
    }

    private static List<ByteBuffer> split(byte[] message, int size) {
        List<ByteBuffer> parts = new ArrayList<>();
        for (int i = 0; i < message.length; i += size) {
            parts.add(ByteBuffer.wrap(message, i, Math.min(size, message.length - i)));
        }
        return parts;
    }

    private static List<ByteBuffer> splitAtRandom(byte[] message, Random random) {
        List<ByteBuffer> parts = new ArrayList<>();
        for (int i = 0; i < message.length; ) {
            int size = Math.min(random.nextInt(random.nextBoolean() ? 5 : 70_000), message.length - i);
            ByteBuffer part = random.nextBoolean() ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
            parts.add(part.put(message, i, size).flip().asReadOnlyBuffer());
            i += size;
        }
        return parts;
    }

    private static byte[] stuffed(List<ByteBuffer> parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DotStuffing chunks = new DotStuffing(new Content(parts), UnpooledByteBufAllocator.DEFAULT);
        while (chunks.hasNext()) {
            ByteBuf chunk = chunks.next();
            byte[] bytes = new byte[chunk.readableBytes()];
            chunk.readBytes(bytes);
            out.writeBytes(bytes);
            chunk.release();
        }
        return out.toByteArray();
    }

    /** Line by line as RFC 5321, section 4.5.2 has it, written without regard to how the code under test works. */
    private static byte[] unstuffed(byte[] wire) {
        String text = new String(wire, StandardCharsets.ISO_8859_1);
        StringBuilder message = new StringBuilder();
        int start = 0;
        while (true) {
            int end = text.indexOf("\r\n", start);
            String line = text.substring(start, end);
            start = end + 2;
            if (line.equals(".")) {
                assertThat(start).as("nothing follows the end of data").isEqualTo(text.length());
                return message.toString().getBytes(StandardCharsets.ISO_8859_1);
            }
            message.append(line.startsWith(".") ? line.substring(1) : line).append("\r\n");
        }
    }
}
