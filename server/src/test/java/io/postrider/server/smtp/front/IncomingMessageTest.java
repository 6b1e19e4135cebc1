package io.postrider.server.smtp.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.RawMessage;
import io.postrider.server.config.SmtpSettings.BareLineEnds;
import io.postrider.server.config.SmtpSettings.Content;
import io.postrider.server.config.SmtpSettings.LongLines;
import io.postrider.submission.MessageLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncomingMessageTest {
    private static final String TRACE = "Received: by us\r\n";
    private static final Content LENIENT = new Content(BareLineEnds.NORMALISE, LongLines.KEEP, 1024, 1 << 20);
    private static final Content STRICT = new Content(BareLineEnds.REFUSE, LongLines.REFUSE, 1024, 1 << 20);

    private static final MessageLimits WIDE = new MessageLimits(1 << 20, 1000, 100);

    @TempDir
    Path directory;

    private final MemoryBudget budget = new MemoryBudget(100_000);

    @Test
    void theTraceFieldShouldComeFirst() throws IOException {
        assertThat(text(take(LENIENT, 1000, "Subject: x\r\n\r\nhello\r\n.\r\n")))
                .isEqualTo(TRACE + "Subject: x\r\n\r\nhello\r\n");
    }

    @Test
    void anEmptyFirstLineShouldMakeAnEmptyHeader() throws IOException {
        assertThat(text(take(LENIENT, 1000, "\r\nFrom: a body line\r\n.\r\n")))
                .isEqualTo(TRACE + "\r\nFrom: a body line\r\n");
    }

    @Test
    void aFirstLineThatBeginsWithABlankShouldNotContinueTheTraceField() throws IOException {
        assertThat(text(take(LENIENT, 1000, " for <x@y.example>\r\n.\r\n")))
                .isEqualTo(TRACE + "\r\n for <x@y.example>\r\n");
    }

    @Test
    void aLongMessageShouldGoToAFileAndComeBackWhole() throws IOException {
        String body = "0123456789".repeat(20_000);
        IncomingMessage message = take(LENIENT, 1_000_000, body + "\r\n.\r\n");

        assertThat(text(message)).isEqualTo(TRACE + body + "\r\n");
        assertThat(budget.used()).isZero();
        message.close();
        assertThat(filesLeft()).isZero();
    }

    @Test
    void aShortMessageShouldGoToAFileWhenTheMemoryIsUsedUp() throws IOException {
        assertThat(budget.tryTake(100_000)).isTrue();
        MessageBuffer buffer = new MessageBuffer(1024, budget, directory);

        buffer.write("hello".getBytes(StandardCharsets.US_ASCII), 0, 5);

        assertThat(buffer.isInFile()).isTrue();
        assertThat(buffer.toBytes()).isEqualTo("hello".getBytes(StandardCharsets.US_ASCII));
        buffer.close();
    }

    @Test
    void piecesOfAnySizeShouldComeBackAsTheyCameInMemoryAndInAFile() throws IOException {
        Random random = new Random(3);
        for (int i = 0; i < 100; i++) {
            byte[] bytes = new byte[random.nextInt(60_000)];
            random.nextBytes(bytes);
            MessageBuffer buffer = new MessageBuffer(40_000, budget, directory);
            int most = 1 + random.nextInt(20_000);
            for (int at = 0; at < bytes.length; ) {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(most));
                buffer.write(bytes, at, end);
                at = end;
                assertThat(buffer.size()).isEqualTo(at);
            }

            assertThat(buffer.isInFile()).isEqualTo(bytes.length > 40_000);
            assertThat(budget.used()).isBetween(buffer.isInFile() ? 0L : bytes.length, 40_000L);
            assertThat(buffer.toBytes()).isEqualTo(bytes);
            buffer.close();
            assertThat(budget.used()).isZero();
        }
    }

    @Test
    void memoryShouldBeGivenBackAtTheEnd() {
        IncomingMessage message = take(LENIENT, 1000, "hello\r\n.\r\n");
        assertThat(budget.used()).isPositive();

        message.close();

        assertThat(budget.used()).isZero();
    }

    @Test
    void aMessageAtTheLimitShouldBeTakenAndOneAboveItReadToItsEndAndRefused() {
        assertThat(take(LENIENT, 7, "hello\r\n.\r\n").refusal()).isEmpty();

        IncomingMessage tooLarge = take(LENIENT, 6, "hello\r\nand more\r\n.\r\n");

        assertThat(tooLarge.isComplete()).isTrue();
        assertThat(tooLarge.refusal()).get().asString().startsWith("552 5.3.4");
    }

    @Test
    void longLinesShouldBeKeptWholeOrRefused() throws IOException {
        String line = "x".repeat(200_000);

        assertThat(text(take(LENIENT, 1_000_000, line + "\r\n.\r\n"))).isEqualTo(TRACE + line + "\r\n");
        assertThat(take(STRICT, 1_000_000, line + "\r\n.\r\n").refusal())
                .get()
                .asString()
                .startsWith("554 5.6.0");
        assertThat(take(STRICT, 1_000_000, "x".repeat(998) + "\r\n.\r\n").refusal())
                .isEmpty();
    }

    @Test
    void bareLineEndsShouldBeRefusedWhereThatIsSet() {
        assertThat(take(STRICT, 1000, "a\nb\r\n.\r\n").refusal())
                .get()
                .asString()
                .startsWith("554 5.6.0");
        assertThat(take(STRICT, 1000, "a\r\nb\r\n.\r\n").refusal()).isEmpty();
    }

    @Test
    void aHeaderThatIsTooLargeShouldBeRefusedBeforeItIsWhole() {
        MessageLimits narrow = new MessageLimits(2000, 5, 100);
        String field = "X: " + "y".repeat(95) + "\r\n";
        IncomingMessage message =
                new IncomingMessage(LENIENT, narrow, 1_000_000, new MessageBuffer(1 << 20, budget, directory), TRACE);
        byte[] start = ("X: " + "y".repeat(5000)).getBytes(StandardCharsets.ISO_8859_1);

        message.take(start, 0, start.length);

        assertThat(message.refusal()).get().asString().startsWith("552 5.3.4").contains("smtp.maxHeaderSize");
        assertThat(budget.used()).isZero();
        assertThat(take(LENIENT, narrow, 1_000_000, field.repeat(5) + "\r\n.\r\n")
                        .refusal())
                .get()
                .asString()
                .contains("smtp.maxHeaderFields");
        assertThat(take(LENIENT, narrow, 1_000_000, field.repeat(4) + "\r\n" + field.repeat(100) + ".\r\n")
                        .refusal())
                .as("the body has its own limit")
                .isEmpty();
    }

    @Test
    void theHeaderShouldBeMeasuredAsItIsReadLater() {
        Random random = new Random(11);
        String[] pieces = {"A", "b", ":", " ", "\t", "\r\n", "\n", "\r", "x: y", "\0", "\r\n\r\n", "."};
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder("S");
            random.ints(random.nextInt(20), 0, pieces.length).forEach(n -> text.append(pieces[n]));
            IncomingMessage whole = take(LENIENT, 1000, text + "\r\n.\r\n");
            RawMessage read = RawMessage.parse(bytesOf(whole));
            MessageLimits exact = new MessageLimits(
                    read.headerSize(), Math.max(1, read.fields().size()), 100);
            MessageLimits less = new MessageLimits(read.headerSize() - 3, exact.maxHeaderFields(), 100);

            assertThat(take(LENIENT, exact, 1000, text + "\r\n.\r\n").refusal())
                    .as(text.toString())
                    .isEmpty();
            assertThat(take(LENIENT, less, 1000, text + "\r\n.\r\n").refusal())
                    .as(text.toString())
                    .isPresent();
        }
    }

    private static byte[] bytesOf(IncomingMessage message) {
        try {
            return message.toBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFileThatCannotBeWrittenShouldPutTheClientOff() {
        IncomingMessage message = new IncomingMessage(
                LENIENT, WIDE, 1_000_000, new MessageBuffer(16, budget, directory.resolve("not-there")), TRACE);
        byte[] stream = "hello\r\n.\r\n".getBytes(StandardCharsets.US_ASCII);

        message.take(stream, 0, stream.length);

        assertThat(message.isComplete()).isTrue();
        assertThat(message.refusal()).get().asString().startsWith("452 4.3.1");
    }

    private IncomingMessage take(Content rules, long maxSize, String stream) {
        return take(rules, WIDE, maxSize, stream);
    }

    private IncomingMessage take(Content rules, MessageLimits limits, long maxSize, String stream) {
        IncomingMessage message = new IncomingMessage(
                rules, limits, maxSize, new MessageBuffer(rules.memoryPerMessage(), budget, directory), TRACE);
        byte[] bytes = stream.getBytes(StandardCharsets.ISO_8859_1);
        int half = bytes.length / 2;
        message.take(bytes, message.take(bytes, 0, half), bytes.length);
        return message;
    }

    private static String text(IncomingMessage message) throws IOException {
        return new String(message.toBytes(), StandardCharsets.ISO_8859_1);
    }

    private long filesLeft() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count();
        }
    }
}
