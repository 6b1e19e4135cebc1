package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class WireTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final String LONG = "RCPT" + "x".repeat(5000);

    private final List<String> talk = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private final List<Loss> losses = new ArrayList<>();
    private final SlowNetwork network = new SlowNetwork();
    private final ReplyDecoder decoder = new ReplyDecoder();
    private final Wire wire = new Wire(decoder, command("greeting"), losses::add);
    private final EmbeddedChannel channel = new EmbeddedChannel(network, decoder, wire);

    /** Keeps what is written until it is told to let one go. */
    private static final class SlowNetwork extends ChannelOutboundHandlerAdapter {
        private final Deque<ChannelPromise> unsent = new ArrayDeque<>();

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ReferenceCountUtil.release(message);
            unsent.add(promise);
        }

        void sendOne() {
            unsent.remove().setSuccess();
        }
    }

    @Test
    void aReplyShouldCountOnlyForACommandWhoseLastByteHasLeft() {
        receive("220 hello\r\n");
        wire.send(List.of(command("MAIL"), command(LONG), command("RCPT")));
        network.sendOne();
        receive("250 for MAIL\r\n");
        receive("250 for what is long\r\n");
        receive("250 for a RCPT that has not been sent\r\n");

        assertThat(heard).containsExactly("greeting: 220 hello", "MAIL: 250 for MAIL", LONG + ": 250 for what is long");
        assertThat(losses)
                .extracting(Loss::reason)
                .containsExactly(
                        "the peer sent a reply that nothing had asked for: 250 for a RCPT that has not been sent");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aReplyToTheMessageShouldCountOnlyWhenTheLastByteHasLeft() {
        receive("220 hello\r\n");
        wire.stream(
                List.of(Unpooled.copiedBuffer("x\r\n.\r\n", StandardCharsets.US_ASCII))
                        .iterator(),
                TIMEOUT,
                command("."),
                List.of(),
                () -> heard.add("sent"));
        receive("250 taken already\r\n");
        network.sendOne();

        assertThat(heard).containsExactly("greeting: 220 hello");
        assertThat(losses).hasSize(1);
    }

    @Test
    void aReplyToTheMessageShouldBeHeardBehindItsEnd() {
        receive("220 hello\r\n");
        wire.stream(
                List.of(Unpooled.copiedBuffer("x\r\n.\r\n", StandardCharsets.US_ASCII))
                        .iterator(),
                TIMEOUT,
                command("."),
                List.of(),
                () -> heard.add("sent"));
        network.sendOne();
        receive("250 taken\r\n");

        assertThat(heard).containsExactly("greeting: 220 hello", "sent", ".: 250 taken");
        assertThat(losses).isEmpty();
    }

    @Test
    void aReplyShouldNotCountForWhatWasToGoBehindTheMessageAndHasNotLeft() {
        receive("220 hello\r\n");
        wire.stream(
                List.of(Unpooled.copiedBuffer("x\r\n.\r\n", StandardCharsets.US_ASCII))
                        .iterator(),
                TIMEOUT,
                command("."),
                List.of(command("MAIL")),
                () -> heard.add("sent"));
        network.sendOne();
        receive("250 taken\r\n250 for a MAIL that has not been sent\r\n");
        network.sendOne();

        assertThat(heard).containsExactly("greeting: 220 hello", "sent", ".: 250 taken");
        assertThat(talk).doesNotContain("> MAIL");
        assertThat(losses).hasSize(1);
    }

    @Test
    void aLossShouldBeToldOnce() {
        receive("nonsense\r\n");
        channel.close().syncUninterruptibly();

        assertThat(losses).extracting(Loss::reason).containsExactly("the peer sent no SMTP reply: 'nonsense'");
    }

    @Test
    void nothingShouldBeDoneWhileSomethingLiesUnread() {
        List<String> done = new ArrayList<>();
        receive("220 hello\r\n2");

        wire.whenQuiet(() -> done.add("too early"));

        assertThat(done).isEmpty();
        assertThat(losses).extracting(Loss::reason).containsExactly("the peer sent more than it was asked for");
    }

    private Command command(String line) {
        return new Command(line, TIMEOUT, talk, reply -> heard.add(line + ": " + reply.reply()));
    }

    private void receive(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }
}
