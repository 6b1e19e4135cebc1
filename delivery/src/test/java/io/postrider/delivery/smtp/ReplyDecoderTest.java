package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyDecoderTest {
    private final ReplyDecoder decoder = new ReplyDecoder();
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);

    @Test
    void decodeShouldJoinTheLinesOfAReplyHoweverItArrives() {
        for (byte b : "250-one\r\n250-\r\n250 three\r\n".getBytes(StandardCharsets.US_ASCII)) {
            channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
        }

        ServerReply reply = channel.readInbound();

        assertThat(reply.lines()).containsExactly("250-one", "250-", "250 three");
        assertThat(reply.reply().toString()).isEqualTo("250 one three");
        assertThat(decoder.hasUnread()).isFalse();
    }

    @Test
    void decodeShouldHandOnOneReplyAtATime() {
        receive("250 a\r\n354 b\n221\r\n");

        assertThat(channel.<ServerReply>readInbound().reply().toString()).isEqualTo("250 a");
        assertThat(channel.<ServerReply>readInbound().code()).isEqualTo(354);
        assertThat(channel.<ServerReply>readInbound().reply().text()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "250 half", "250-one\r\n", "250-one\r\n250 tw"})
    void hasUnreadShouldSeeHalfAReply(String bytes) {
        receive(bytes);

        assertThat(decoder.hasUnread()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "25",
                "2500 a",
                "150 early",
                "600 late",
                "250_a",
                "250-a\r\n550 b",
                " 250 a",
                "2x0 a"
            })
    void decodeShouldRefuseWhatIsNoReply(String line) {
        assertThatThrownBy(() -> receive(line + "\r\n")).isInstanceOf(MalformedReplyException.class);
    }

    @Test
    void decodeShouldRefuseALineWithoutEnd() {
        receive("250 " + "x".repeat(ReplyDecoder.MAX_REPLY_BYTES - 10));

        assertThatThrownBy(() -> receive("x".repeat(100))).hasMessage("a reply of more than 65536 bytes");
    }

    @Test
    void decodeShouldRefuseAReplyOfTooManyLines() {
        receive("250-\r\n".repeat(ReplyDecoder.MAX_REPLY_LINES));

        assertThatThrownBy(() -> receive("250-\r\n")).hasMessage("a reply of more than 1000 lines");
    }

    @Test
    void decodeShouldMaskControlCharacters() {
        receive("250 a\0b\u001b[31m\rc\r\n");

        assertThat(channel.<ServerReply>readInbound().reply().text()).isEqualTo("a?b?[31m?c");
    }

    private void receive(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }
}
