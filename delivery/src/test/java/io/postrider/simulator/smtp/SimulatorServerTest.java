package io.postrider.simulator.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslContextBuilder;
import io.postrider.mail.EmailAddress;
import io.postrider.simulator.SimulatorMailbox.SimulatedMessage;
import io.postrider.testkit.MutableClock;
import io.postrider.testkit.smtp.TestCertificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class SimulatorServerTest {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    private final MutableClock clock = new MutableClock(NOW);
    private final SimulatorServer server = new SimulatorServer(
            new SimulatorSettings("sim.test", 0, 3, 1000, 500, Duration.ofSeconds(20)), Optional.empty(), clock);

    @AfterEach
    void close() {
        server.close();
    }

    /** A client that says what it is told, line by line. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;

        Client(SimulatorServer server) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            assertThat(reply()).startsWith("220 sim.test");
        }

        String say(String text) throws IOException {
            send(text + "\r\n");
            return reply();
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        String reply() throws IOException {
            List<String> lines = new ArrayList<>();
            String line;
            do {
                line = in.readLine();
                lines.add(line);
            } while (line != null && line.startsWith("-", 3));
            return String.join("\n", lines);
        }

        boolean isHungUpOn() throws IOException {
            return in.read() < 0;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private Client greeted() {
        try {
            Client client = new Client(server);
            assertThat(client.say("EHLO client")).startsWith("250");
            return client;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String send(Client client, String recipient, String message) throws IOException {
        assertThat(client.say("MAIL FROM:<s@example.com>")).startsWith("250");
        assertThat(client.say("RCPT TO:<" + recipient + ">")).startsWith("250");
        assertThat(client.say("DATA")).startsWith("354");
        return client.say(message + "\r\n.");
    }

    @Test
    void ehloShouldNameTheCapabilities() throws IOException {
        try (Client client = new Client(server)) {
            assertThat(client.say("ehlo client"))
                    .isEqualTo("250-sim.test\n250-PIPELINING\n250-8BITMIME\n250-SIZE 500\n250 ENHANCEDSTATUSCODES");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "success@a.test, 250 2.1.5",
        "SUCCESS+x@a.test, 250 2.1.5",
        "anybody@a.test, 250 2.1.5",
        "bouncer@a.test, 250 2.1.5",
        "bounce@a.test, 550 5.1.1",
        "Bounce+tag+more@a.test, 550 5.1.1",
        "mailbox-full@a.test, 552 5.2.2",
        "mailbox_full@a.test, 250 2.1.5",
        "defer@a.test, 451 4.3.0"
    })
    void rcptShouldBeAnsweredByTheWordInTheLocalPart(String recipient, String reply) throws IOException {
        try (Client client = greeted()) {
            client.say("MAIL FROM:<s@example.com>");

            assertThat(client.say("RCPT TO:<" + recipient + ">")).startsWith(reply);
        }
    }

    @Test
    void deferShouldTakeTheMailTheSecondTimeForEachReversePathAndRecipient() throws IOException {
        try (Client client = greeted()) {
            client.say("MAIL FROM:<s@example.com>");
            assertThat(client.say("RCPT TO:<defer@a.test>")).startsWith("451");
            assertThat(client.say("RCPT TO:<defer+2@a.test>")).startsWith("451");
            client.say("RSET");
            client.say("MAIL FROM:<t@example.com>");
            assertThat(client.say("RCPT TO:<defer@a.test>")).startsWith("451");
            client.say("RSET");
            client.say("MAIL FROM:<s@example.com>");
            assertThat(client.say("RCPT TO:<defer@a.test>")).startsWith("250");
            assertThat(client.say("RCPT TO:<Defer+2@a.test>")).startsWith("250");
        }
    }

    @ParameterizedTest
    @CsvSource({"greylist@a.test, 10", "greylist+3@a.test, 3"})
    void greylistShouldTakeTheMailOnceItsTimeIsOver(String recipient, int seconds) throws IOException {
        try (Client client = greeted()) {
            client.say("MAIL FROM:<s@example.com>");
            assertThat(client.say("RCPT TO:<" + recipient + ">")).startsWith("451 4.7.1 simulated: greylisted");
            clock.advance(Duration.ofSeconds(seconds).minusMillis(1));
            assertThat(client.say("RCPT TO:<" + recipient + ">")).startsWith("451 4.7.1");
            clock.advance(Duration.ofMillis(1));
            assertThat(client.say("RCPT TO:<" + recipient + ">")).startsWith("250");
        }
    }

    @ParameterizedTest
    @CsvSource({"timeout@a.test, RCPT", "timeout+data@a.test, DATA", "timeout+dot@a.test, dot"})
    void timeoutShouldAnswerNothingFromThereOn(String recipient, String stage) throws IOException {
        try (Client client = greeted()) {
            client.say("MAIL FROM:<s@example.com>");
            client.send("RCPT TO:<" + recipient + ">\r\nDATA\r\n");
            if (!stage.equals("RCPT")) {
                assertThat(client.reply()).startsWith("250");
            }
            if (stage.equals("dot")) {
                assertThat(client.reply()).startsWith("354");
                client.send("x: y\r\n.\r\n");
            }
            client.send("QUIT\r\n");

            client.socket.setSoTimeout(200);
            assertThatThrownBy(client::reply).isInstanceOf(SocketTimeoutException.class);
        }
        assertThat(server.list(Optional.empty(), 1)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"drop@a.test, x: y", "drop+dot@a.test, 'x: y\r\n\r\nz\r\n.\r\n'"})
    void dropShouldHangUpInTheMessageOrBehindIt(String recipient, String sent) throws IOException {
        try (Client client = greeted()) {
            client.say("MAIL FROM:<s@example.com>");
            assertThat(client.say("RCPT TO:<" + recipient + ">")).startsWith("250");
            assertThat(client.say("DATA")).startsWith("354");
            client.send(sent.translateEscapes());

            assertThat(client.isHungUpOn()).isTrue();
        }
        assertThat(server.list(Optional.empty(), 1)).isEmpty();
    }

    @Test
    void slowShouldAnswerLateAndInOrder() throws IOException {
        long start = System.nanoTime();
        try (Client client = greeted()) {
            client.send("MAIL FROM:<s@example.com>\r\nRCPT TO:<slow+1@a.test>\r\nDATA\r\n");
            assertThat(client.reply()).startsWith("250 2.1.0");
            assertThat(client.reply()).startsWith("250 2.1.5");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(990));
            assertThat(client.reply()).startsWith("354");
            client.send("x: y\r\n\r\nz\r\n.\r\nNOOP\r\n");
            assertThat(client.reply()).startsWith("250 2.0.0 kept");
            assertThat(client.reply()).as("the transaction is over").startsWith("250 2.0.0 ok");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(2970));
        }
    }

    @Test
    void theMailboxShouldHoldTheMessageAsItCame() throws IOException {
        try (Client client = greeted()) {
            client.say("MAIL FROM:<> SIZE=30 BODY=8BITMIME");
            client.say("RCPT TO:<a@a.test>");
            client.say("RCPT TO:<bounce@a.test>");
            client.say("RCPT TO:<b@b.test>");
            client.say("DATA");
            assertThat(client.say("Subject: x\r\n\r\n..dot\r\n..\r\n\u00fc\n.\r\nbare\r.\r\n."))
                    .isEqualTo("250 2.0.0 kept as message 1");
        }

        SimulatedMessage message = server.find(1).orElseThrow();
        assertThat(new String(message.raw(), StandardCharsets.ISO_8859_1))
                .isEqualTo("Subject: x\r\n\r\n.dot\r\n.\r\n\u00fc\n.\r\nbare\r.\r\n");
        assertThat(message.reversePath()).isEmpty();
        assertThat(message.recipients())
                .containsExactly(EmailAddress.parse("a@a.test"), EmailAddress.parse("b@b.test"));
        assertThat(message.at()).isEqualTo(NOW);
    }

    @Test
    void theMailboxShouldKeepTheNewestMessages() throws IOException {
        try (Client client = greeted()) {
            for (int i = 0; i < 5; i++) {
                send(client, "a@a.test", "n: " + i);
            }
        }

        assertThat(server.list(Optional.empty(), 10))
                .extracting(SimulatedMessage::n)
                .containsExactly(5L, 4L, 3L);
        assertThat(server.list(Optional.of(5L), 1))
                .extracting(SimulatedMessage::n)
                .containsExactly(4L);
        assertThat(server.find(2)).isEmpty();
    }

    @Test
    void theMailboxShouldKeepNoMoreBytesThanItMay() throws IOException {
        try (Client client = greeted()) {
            for (int i = 0; i < 3; i++) {
                send(client, "a@a.test", "x".repeat(400));
            }
        }

        assertThat(server.list(Optional.empty(), 10))
                .extracting(SimulatedMessage::n)
                .containsExactly(3L, 2L);
    }

    @Test
    void aMessageThatIsTooLargeShouldBeRefused() throws IOException {
        try (Client client = greeted()) {
            assertThat(client.say("MAIL FROM:<s@example.com> SIZE=501")).startsWith("552 5.3.4");
            assertThat(send(client, "a@a.test", "x".repeat(501))).startsWith("552 5.3.4");
            assertThat(send(client, "a@a.test", "x".repeat(498))).startsWith("250");
        }
        assertThat(server.list(Optional.empty(), 10)).hasSize(1);
    }

    @Test
    void aPipelinedSessionShouldBeAnsweredInOrder() throws IOException {
        try (Client client = greeted()) {
            client.send("MAIL FROM:<s@example.com>\r\nRCPT TO:<bounce@a.test>\r\nRCPT TO:<a@a.test>\r\nDATA\r\n");
            assertThat(List.of(client.reply(), client.reply(), client.reply(), client.reply()))
                    .extracting(reply -> reply.substring(0, 3))
                    .containsExactly("250", "550", "250", "354");
            client.send("x: y\r\n\r\nz\r\n.\r\nQUIT\r\n");
            assertThat(client.reply()).startsWith("250");
            assertThat(client.reply()).startsWith("221");
            assertThat(client.isHungUpOn()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"MAIL FROM:<a@b.test>", "RCPT TO:<a@b.test>", "DATA", "STARTTLS"})
    void aCommandOutOfOrderShouldBeRefused(String command) throws IOException {
        try (Client client = new Client(server)) {
            assertThat(client.say(command)).startsWith("503 5.5.1");
        }
    }

    @Test
    void commandsThatMakeNoSenseShouldBeRefused() throws IOException {
        try (Client client = greeted()) {
            assertThat(client.say("VRFY a")).startsWith("500");
            assertThat(client.say("MAIL FROM:a@b.test")).startsWith("501");
            assertThat(client.say("MAIL FROM:<nonsense>")).startsWith("501");
            assertThat(client.say("MAIL FROM:<a@b.test> SOLVER=x")).startsWith("555");
            assertThat(client.say("MAIL FROM:<a@b.test>")).startsWith("250");
            assertThat(client.say("MAIL FROM:<a@b.test>")).startsWith("503");
            assertThat(client.say("RCPT TO:<>")).startsWith("501");
            assertThat(client.say("DATA")).startsWith("503");
            assertThat(client.say("NOOP")).startsWith("250");
        }
    }

    @Test
    void aCommandLineWithoutEndShouldEndTheSession() throws IOException {
        try (Client client = greeted()) {
            client.send("x".repeat(5000));
            assertThat(client.reply()).startsWith("500");
            assertThat(client.isHungUpOn()).isTrue();
        }
    }

    @Test
    void startTlsShouldNotTakeCommandsSentBehindItInClearText() throws Exception {
        TestCertificate certificate = TestCertificate.with("dns:localhost");
        try (SimulatorServer tlsServer = new SimulatorServer(
                        SimulatorSettings.defaults(),
                        Optional.of(SslContextBuilder.forServer(certificate.privateKey(), certificate.certificate())
                                .build()),
                        CLOCK);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), tlsServer.port())) {
            socket.getOutputStream()
                    .write("EHLO a\r\nSTARTTLS\r\nMAIL FROM:<>\r\n".getBytes(StandardCharsets.US_ASCII));

            String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(all).contains("250-STARTTLS", "554 5.5.1").doesNotContain("220 2.0.0");
        }
    }

    @Test
    void startingOnATakenPortShouldFailWithItsNumber() {
        SimulatorSettings taken = new SimulatorSettings("sim.test", server.port(), 1, 1, 1, Duration.ofSeconds(1));

        assertThatThrownBy(() -> new SimulatorServer(taken, Optional.empty(), CLOCK))
                .hasMessage("simulator: port " + server.port() + " cannot be listened on");
    }
}
