package io.postrider.benchmarks.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** The load straight into the sink, without a server between them: what is measured must not be lost here. */
class LoadToSinkTest {
    private static final int MESSAGES = 200;
    private static final int SESSIONS = 4;

    @Test
    void eachMessageShouldComeOnceWithItsRecipientsOverKeptSessions() throws Exception {
        Map<Integer, Integer> taken = new ConcurrentHashMap<>();
        try (Sink sink = new Sink(0, (run, number, recipients) -> {
            if (run.equals("a-run")) {
                taken.merge(number, recipients, Integer::sum);
            }
        })) {
            Load load = new Load(
                    new Load.Target(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), sink.port()),
                            false,
                            Optional.empty()),
                    new Mails("a-run", "app@sender.test", 4096, 3, 2),
                    MESSAGES,
                    0);

            load.run(SESSIONS);

            await().untilAsserted(() -> assertThat(taken).hasSize(MESSAGES));
            assertThat(taken.values()).containsOnly(2);
            assertThat(sink.connections()).isEqualTo(SESSIONS);
            assertThat(load.acceptNanos().getTotalCount()).isEqualTo(MESSAGES);
        }
    }

    @Test
    void aLineShouldBeWholeHoweverItComes() throws Exception {
        byte[] text = ("one\r\n" + "x".repeat(200_000) + "\r\nlast\n").getBytes(StandardCharsets.US_ASCII);
        Lines lines = new Lines(new InputStream() {
            private final InputStream all = new ByteArrayInputStream(text);

            @Override
            public int read() {
                throw new UnsupportedOperationException("read in blocks");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws java.io.IOException {
                return all.read(bytes, offset, Math.min(length, 7));
            }
        });

        assertThat(lines.next()).isEqualTo(3);
        assertThat(lines.text()).isEqualTo("one");
        assertThat(lines.next()).isEqualTo(200_000);
        assertThat(lines.next()).isEqualTo(4);
        assertThat(lines.next()).isEqualTo(-1);
    }
}
