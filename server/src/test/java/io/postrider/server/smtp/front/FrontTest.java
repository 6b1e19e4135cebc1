package io.postrider.server.smtp.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.common.net.InetAddresses;
import io.postrider.security.bouncycastle.SelfSignedCertificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(60)
class FrontTest {
    private static final String TRANSACTION =
            "EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";

    @TempDir
    Path home;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private FrontRig rig(Listener listener, String... environment) throws Exception {
        Map<String, String> variables = new java.util.HashMap<>();
        for (int i = 0; i < environment.length; i += 2) {
            variables.put("POSTRIDER_" + environment[i], environment[i + 1]);
        }
        FrontRig rig = new FrontRig(home, listener, variables);
        opened.add(rig);
        return rig;
    }

    private Client connect(FrontRig rig) throws IOException {
        Client client = new Client(rig, "127.0.0.1");
        opened.add(client);
        return client;
    }

    @Test
    void aWholeTransactionInOneWriteShouldBeAnsweredInItsOrder() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        Client client = connect(rig);

        client.send(TRANSACTION + "Subject: x\r\n\r\nhello\r\n.\r\nNOOP\r\nQUIT\r\n");

        assertThat(client.codes(8)).containsExactly("220", "250", "250", "250", "354", "250", "250", "221");
        assertThat(client.isClosed()).isTrue();
        assertThat(rig.messages).singleElement().asString().endsWith("Subject: x\r\n\r\nhello\r\n");
    }

    @Test
    void aClientThatEndsItsSideShouldStillGetItsReplies() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        Client client = connect(rig);

        client.send(TRANSACTION + "hello\r\n.\r\n");
        client.socket.shutdownOutput();

        assertThat(client.codes(6)).endsWith("354", "250");
        assertThat(client.isClosed()).isTrue();
        assertThat(rig.messages).hasSize(1);
    }

    @Test
    void aMessageThatIsCutShouldNotBeTaken() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        Client client = connect(rig);
        client.send(TRANSACTION + "hello\r\n");
        client.codes(5);

        client.socket.shutdownOutput();

        assertThat(client.isClosed()).isTrue();
        assertThat(rig.messages).isEmpty();
    }

    @Test
    void twentyThousandCommandsInOneWriteShouldTakeNoTime() throws Exception {
        Client client = connect(rig(Listener.INBOUND));
        client.codes(1);
        long start = System.nanoTime();
        ExecutorService sender = Executors.newSingleThreadExecutor();
        opened.add(sender::shutdownNow);
        Future<?> sent = sender.submit(() -> {
            client.send("NOOP\r\n".repeat(20_000));
            return null;
        });

        assertThat(client.codes(20_000)).containsOnly("250");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        sent.get();
    }

    @Test
    void aFloodWithUnreadRepliesShouldBeStoppedAndThenClosed() throws Exception {
        FrontRig rig =
                rig(Listener.INBOUND, "SMTP_WRITE_TIMEOUT", "1s", "INBOUND_MAX_COMMANDS_PER_MINUTE", "100000000");
        Client client = new Client(rig, "127.0.0.1", 4096);
        opened.add(client);
        ExecutorService sender = Executors.newSingleThreadExecutor();
        opened.add(sender::shutdownNow);
        Future<Long> flood = sender.submit(() -> {
            long bytes = 0;
            byte[] batch = "NOOP\r\n".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
            try {
                while (true) {
                    client.socket.getOutputStream().write(batch);
                    bytes += batch.length;
                }
            } catch (IOException e) {
                return bytes;
            }
        });

        assertThat(flood.get()).isLessThan(64L * 1024 * 1024);
        await().untilAsserted(() -> assertThat(rig.context.open()).isEmpty());
    }

    @Test
    void whatFollowsADataThatIsRefusedShouldNotBeTakenForCommands() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        Client client = connect(rig);

        client.send(
                "EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nDATA\r\nRCPT TO:<c@d.example>\r\nDATA\r\nx\r\n.\r\n");

        assertThat(client.codes(5)).containsExactly("220", "250", "250", "503", "421");
        assertThat(client.isClosed()).isTrue();
        assertThat(rig.messages).isEmpty();
    }

    @Test
    void whatFollowsStartTlsInClearTextShouldNotCount() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        Client client = connect(rig);

        client.send("EHLO client.example\r\nSTARTTLS\r\nMAIL FROM:<injected@evil.example>\r\n");

        assertThat(client.codes(3)).containsExactly("220", "250", "421");
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void theSessionShouldBeginAnewUnderTls() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        Client client = connect(rig);
        client.send("EHLO client.example\r\nSTARTTLS\r\n");
        assertThat(client.codes(3)).containsExactly("220", "250", "220");

        client.startTls();
        client.send("MAIL FROM:<a@b.example>\r\n");
        assertThat(client.codes(1)).containsExactly("503");
        client.send("STARTTLS\r\n" + TRANSACTION);
        assertThat(client.codes(5)).containsExactly("503", "250", "250", "250", "354");
        client.send("hello\r\n.\r\n");
        assertThat(client.codes(1)).containsExactly("250");

        assertThat(rig.messages)
                .singleElement()
                .asString()
                .startsWith(
                        "Received: from client.example ([127.0.0.1])\r\n\tby mx.example.com (Postrider) with ESMTPS id ")
                .contains("(version=TLSv1.3 cipher=TLS_");
    }

    @Test
    void theImplicitTlsPortShouldGreetUnderTlsAndHideTheClient() throws Exception {
        FrontRig rig = rig(Listener.SUBMISSION_TLS);
        Client client = connect(rig);
        client.startTls();

        client.send(TRANSACTION);
        assertThat(client.codes(5)).containsExactly("220", "250", "250", "250", "354");
        client.send("hello\r\n.\r\n");
        assertThat(client.codes(1)).containsExactly("250");

        assertThat(rig.messages).singleElement().asString().doesNotContain("client.example", "127.0.0.1");
    }

    @Test
    void aNewCertificateShouldBeServedAndABrokenOneNot() throws Exception {
        FrontRig rig = rig(Listener.SUBMISSION_TLS);
        Client first = connect(rig);
        first.startTls();
        Path key = home.resolve("keys/smtp.key.pem");
        Path certificate = home.resolve("keys/smtp.cert.pem");

        SelfSignedCertificate.create(key, certificate, "other.example.com", Clock.systemUTC());
        rig.certificate.refresh();
        Client second = connect(rig);
        second.startTls();
        assertThat(second.peerName()).contains("other.example.com").isNotEqualTo(first.peerName());
        assertThat(rig.certificate.problem()).isEmpty();

        Path spare = home.resolve("spare.key.pem");
        SelfSignedCertificate.create(spare, home.resolve("spare.cert.pem"), "third.example.com", Clock.systemUTC());
        Files.copy(spare, key, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        rig.certificate.refresh();
        assertThat(rig.certificate.problem()).get().asString().contains("not that of the certificate");
        Client third = connect(rig);
        third.startTls();
        assertThat(third.peerName()).isEqualTo(second.peerName());

        Files.copy(home.resolve("spare.cert.pem"), certificate, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        rig.certificate.refresh();
        assertThat(rig.certificate.problem()).isEmpty();
    }

    @Test
    void aKeystoreShouldServeAsWell() throws Exception {
        rig(Listener.SUBMISSION_TLS);
        java.security.KeyStore store = java.security.KeyStore.getInstance("PKCS12");
        store.load(null, null);
        ServerCertificate made = ServerCertificate.open(
                home,
                new io.postrider.server.config.SmtpSettings.Tls(
                        "keys/smtp.cert.pem",
                        "keys/smtp.key.pem",
                        java.util.Optional.empty(),
                        java.util.Optional.empty(),
                        Duration.ofMinutes(1)),
                Clock.systemUTC());
        assertThat(made.problem()).isEmpty();
        store.setKeyEntry(
                "smtp",
                nl.altindag.ssl.util.PemUtils.loadPrivateKey(home.resolve("keys/smtp.key.pem")),
                "secret".toCharArray(),
                nl.altindag.ssl.util.PemUtils.loadCertificate(home.resolve("keys/smtp.cert.pem"))
                        .toArray(X509Certificate[]::new));
        try (var out = Files.newOutputStream(home.resolve("keys/smtp.p12"))) {
            store.store(out, "secret".toCharArray());
        }

        FrontRig rig =
                rig(Listener.SUBMISSION_TLS, "SMTP_TLS_KEYSTORE", "keys/smtp.p12", "SMTP_TLS_PASSWORD", "secret");
        Client client = connect(rig);
        client.startTls();

        assertThat(client.peerName()).contains("mx.example.com");
        assertThatThrownBy(() -> rig(
                        Listener.SUBMISSION_TLS, "SMTP_TLS_KEYSTORE", "keys/smtp.p12", "SMTP_TLS_PASSWORD", "wrong"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("smtp.p12");
    }

    @Test
    void aLineThatIsTooLongShouldBeDroppedAndTooManyOfThemEndTheSession() throws Exception {
        Client client = connect(rig(Listener.INBOUND, "SMTP_MAX_UNKNOWN_COMMANDS", "3"));

        client.send("x".repeat(100_000) + "\r\nNOOP\r\n");
        assertThat(client.codes(3)).containsExactly("220", "500", "250");
        client.send("BLA\r\nBLUB\r\nNOOP\r\n");
        assertThat(client.codes(3)).containsExactly("500", "500", "421");
    }

    @Test
    void aBareLineFeedShouldEndTheSessionAndNothingBehindItCount() throws Exception {
        Client client = connect(rig(Listener.INBOUND));

        client.send("EHLO client.example\r\nNOOP\nNOOP\r\n");

        assertThat(client.codes(3)).containsExactly("220", "250", "500");
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aMessageThatIsTooLargeShouldBeReadToItsEndAndRefused() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        Client client = connect(rig);

        client.send(TRANSACTION + "x".repeat(1_000_001) + "\r\n.\r\nNOOP\r\n");

        assertThat(client.codes(7)).endsWith("354", "552", "250");
        assertThat(rig.messages).isEmpty();
    }

    @Test
    void aHookThatWaitsShouldHoldUpNobodyElse() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        rig.hold = new CountDownLatch(1);
        Client slow = connect(rig);
        slow.send(TRANSACTION + "hello\r\n.\r\nNOOP\r\n");
        slow.codes(5);

        Client quick = connect(rig);
        quick.send("EHLO client.example\r\nNOOP\r\n");

        assertThat(quick.codes(3)).containsExactly("220", "250", "250");
        rig.hold.countDown();
        assertThat(slow.codes(2)).containsExactly("250", "250");
    }

    @Test
    void whoSaysNothingShouldBeSentAwayAfterAWhile() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "SMTP_IDLE_TIMEOUT", "2s");
        Client client = connect(rig);
        client.codes(1);

        rig.passes(Duration.ofSeconds(2));

        assertThat(client.codes(1)).containsExactly("421");
    }

    @Test
    void aCommandThatNeverEndsShouldBeCutHoweverManyOctetsCome() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "SMTP_LINE_TIMEOUT", "2s");
        Client client = connect(rig);
        client.codes(1);

        client.send("NO");
        await().until(() -> rig.context.open().size() == 1);
        rig.passes(Duration.ofSeconds(1));
        client.send("O");
        rig.passes(Duration.ofSeconds(1));

        assertThat(client.codes(1)).containsExactly("421");
    }

    @Test
    void aMessageThatTricklesShouldBeCut() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "SMTP_DATA_TIMEOUT", "1s");
        Client client = connect(rig);
        client.send(TRANSACTION);
        client.codes(5);

        assertThat(client.codes(1)).containsExactly("421");
        assertThat(rig.messages).isEmpty();
    }

    @Test
    void whoDoesNotAuthenticateShouldBeSentAway() throws Exception {
        FrontRig rig = rig(Listener.SUBMISSION, "SUBMISSION_AUTH_TIMEOUT", "2s");
        Client client = connect(rig);
        client.codes(1);

        rig.passes(Duration.ofSeconds(2));

        assertThat(client.codes(1)).containsExactly("421");
    }

    @Test
    void aProxyShouldSayWhoTheClientIs() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "INBOUND_PROXY_PROTOCOL", "127.0.0.1/32");
        Client client = connect(rig);

        client.send("PROXY TCP4 192.0.2.7 203.0.113.1 4711 25\r\n" + TRANSACTION + "hello\r\n.\r\n");

        assertThat(client.codes(6)).endsWith("354", "250");
        assertThat(rig.messages).singleElement().asString().contains("[192.0.2.7]");
    }

    @Test
    void aProxyOfVersionTwoShouldDoSoToo() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "INBOUND_PROXY_PROTOCOL", "127.0.0.1/32");
        Client client = connect(rig);
        byte[] header = {
            0x0D,
            0x0A,
            0x0D,
            0x0A,
            0x00,
            0x0D,
            0x0A,
            0x51,
            0x55,
            0x49,
            0x54,
            0x0A,
            0x21,
            0x11,
            0x00,
            0x0C,
            (byte) 192,
            0,
            2,
            8,
            (byte) 203,
            0,
            113,
            1,
            0x12,
            0x34,
            0,
            25
        };

        client.socket.getOutputStream().write(header);
        client.send(TRANSACTION + "hello\r\n.\r\n");

        assertThat(client.codes(6)).endsWith("354", "250");
        assertThat(rig.messages).singleElement().asString().contains("[192.0.2.8]");
    }

    @Test
    void aProxyWithoutItsHeaderShouldGetNothingAndAnyoneElseWithOneAnError() throws Exception {
        Client proxy = connect(rig(Listener.INBOUND, "INBOUND_PROXY_PROTOCOL", "127.0.0.1/32"));
        proxy.send("EHLO client.example\r\nEHLO client.example\r\n");
        assertThat(proxy.isClosed()).isTrue();

        Client stranger = connect(rig(Listener.INBOUND, "INBOUND_PROXY_PROTOCOL", "10.0.0.0/8"));
        stranger.send("PROXY TCP4 192.0.2.7 203.0.113.1 4711 25\r\n");
        assertThat(stranger.codes(2)).containsExactly("220", "500");
    }

    @Test
    void oneAddressShouldNotTakeAllConnections() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "INBOUND_MAX_CONNECTIONS_PER_ADDRESS", "2");
        assertThat(connect(rig).codes(1)).containsExactly("220");
        assertThat(connect(rig).codes(1)).containsExactly("220");

        assertThat(connect(rig).codes(1)).containsExactly("421");
        Client other = new Client(rig, "127.0.0.9");
        opened.add(other);
        assertThat(other.codes(1)).containsExactly("220");
    }

    @Test
    void idleConnectionsShouldMakeRoomForAnHonestClient() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "INBOUND_MAX_CONNECTIONS", "2");
        Client idle = connect(rig);
        assertThat(idle.codes(1)).containsExactly("220");
        assertThat(connect(rig).codes(1)).containsExactly("220");

        assertThat(connect(rig).codes(1)).containsExactly("220");
        assertThat(idle.codes(1)).containsExactly("421");
    }

    @Test
    void aStopShouldLetAMessageEndAndSayGoodbyeToTheRest() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        Client idle = connect(rig);
        idle.codes(1);
        rig.hold = new CountDownLatch(1);
        Client busy = connect(rig);
        busy.send(TRANSACTION + "hello\r\n.\r\n");
        busy.codes(5);
        await().until(() -> rig.context.open().stream().anyMatch(SmtpConnection::isReceiving));

        rig.context.open().forEach(SmtpConnection::stop);

        assertThat(idle.codes(1)).containsExactly("421");
        rig.hold.countDown();
        assertThat(busy.codes(2)).containsExactly("250", "421");
        assertThat(rig.messages).hasSize(1);
    }

    @Test
    void aStopShouldLetAMessageEndThatIsHalfIn() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        Client busy = connect(rig);
        busy.send(TRANSACTION + "hel");
        busy.codes(5);
        await().until(() -> rig.context.open().stream().anyMatch(SmtpConnection::isReceiving));

        rig.context.open().forEach(SmtpConnection::stop);
        busy.send("lo\r\n.\r\n");

        assertThat(busy.codes(2)).containsExactly("250", "421");
        assertThat(rig.messages).singleElement().asString().endsWith("\r\nhello\r\n");
    }

    @Test
    void aSignalShouldBeGivenWhenTheLastMessageIsIn() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        rig.hold = new CountDownLatch(1);
        Client busy = connect(rig);
        busy.send(TRANSACTION + "hello\r\n.\r\n");
        busy.codes(5);
        await().until(() -> rig.context.open().stream().anyMatch(SmtpConnection::isReceiving));
        ExecutorService stopping = Executors.newSingleThreadExecutor();
        opened.add(stopping::shutdownNow);
        Future<Boolean> quiet = stopping.submit(() -> rig.context
                .resources()
                .messageEnds()
                .await(
                        () -> rig.context.open().stream().noneMatch(SmtpConnection::isReceiving),
                        Duration.ofSeconds(50)));

        rig.hold.countDown();

        assertThat(quiet.get()).isTrue();
        assertThat(busy.codes(1)).containsExactly("250");
        assertThat(rig.context.resources().messageEnds().await(() -> false, Duration.ofMillis(10)))
                .isFalse();
    }

    @Test
    void aMessageShouldEndInItsTimeAtWhateverRate() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "SMTP_MAX_MESSAGE_TIME", "4s", "SMTP_DATA_TIMEOUT", "1h");
        Client client = connect(rig);
        client.send(TRANSACTION);
        client.codes(5);

        client.send("hel");
        rig.passes(Duration.ofSeconds(3));
        client.send("lo\r\n");
        rig.passes(Duration.ofSeconds(1));

        assertThat(client.codes(1)).containsExactly("421");
        assertThat(client.isClosed()).isTrue();
        assertThat(rig.messages).isEmpty();
        assertThat(rig.context.resources().uploads().used()).isZero();
    }

    @Test
    void aHeaderOfTenMegabytesShouldBeReadToItsEndAndRefused() throws Exception {
        FrontRig rig = rig(Listener.INBOUND);
        Client client = connect(rig);
        String field = "X-Large: " + "y".repeat(988) + "\r\n";
        client.send(TRANSACTION);
        client.codes(5);

        client.send(field.repeat(10_000) + "\r\nhello\r\n.\r\n");
        assertThat(client.codes(1)).containsExactly("552");
        client.send("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n");
        assertThat(client.codes(3)).endsWith("354");
        client.send("A: b\r\n".repeat(50_000) + "\r\nhello\r\n.\r\n");
        assertThat(client.codes(1)).containsExactly("552");
        client.send("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n");
        assertThat(client.codes(3)).endsWith("354");
        client.send("hello\r\n.\r\n");
        assertThat(client.codes(1)).containsExactly("250");

        assertThat(rig.messages).hasSize(1);
    }

    @Test
    void aTransactionShouldNotMakeRoomForANewcomerUnlessItSleeps() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "INBOUND_MAX_CONNECTIONS", "2");
        Client sender = connect(rig);
        sender.send("EHLO client.example\r\nMAIL FROM:<a@b.example>\r\n");
        assertThat(sender.codes(3)).endsWith("250", "250");
        Client idle = connect(rig);
        assertThat(idle.codes(1)).containsExactly("220");

        assertThat(connect(rig).codes(1)).containsExactly("220");
        assertThat(idle.codes(1)).containsExactly("421");
        sender.send("RCPT TO:<c@d.example>\r\n");
        assertThat(sender.codes(1)).containsExactly("250");

        rig.passes(Duration.ofSeconds(31));
        assertThat(connect(rig).codes(1)).containsExactly("220");
        assertThat(sender.codes(1)).containsExactly("421");
    }

    @Test
    void aRefusedConnectionToTheTlsPortShouldGetNoWordInClearTextAndBeCounted() throws Exception {
        FrontRig rig = rig(Listener.SUBMISSION_TLS, "SUBMISSION_MAX_CONNECTIONS_PER_ADDRESS", "1");
        Client first = connect(rig);
        first.startTls();
        assertThat(first.codes(1)).containsExactly("220");

        Client second = connect(rig);

        assertThat(second.socket.getInputStream().read()).isEqualTo(-1);
        assertThat(rig.context.metrics().refusedConnections().getCount()).isEqualTo(1);
    }

    @Test
    void whatIsNoTlsShouldGetNothingAndBeLoggedBrieflyWithoutItsText() throws Exception {
        FrontRig rig = rig(Listener.SUBMISSION_TLS);
        LogLines log = new LogLines();
        opened.add(log);
        for (int i = 0; i < 20; i++) {
            Client plain = connect(rig);
            plain.send("EHLO client.example\r\nAUTH PLAIN AGFwcABzZWNyZXQ=\r\n" + "x".repeat(10_000));
            assertThat(plain.isClosed()).isTrue();
        }
        Client garbage = connect(rig);
        byte[] hello = new byte[20_000];
        java.util.Arrays.fill(hello, (byte) 0x41);
        System.arraycopy(new byte[] {0x16, 3, 1, 0x40, 0}, 0, hello, 0, 5);
        garbage.socket.getOutputStream().write(hello);
        // An alert of TLS is all that may come back.
        assertThat(garbage.socket.getInputStream().read()).isIn(-1, 0x15);

        await().until(() -> rig.context.metrics().failedHandshakes().getCount() == 21);
        await().until(() -> rig.context.open().isEmpty());
        assertThat(log.texts())
                .hasSizeBetween(1, 3)
                .allSatisfy(line -> assertThat(line).hasSizeLessThan(400).doesNotContain("AGFwcABz", "41474677"));
    }

    @Test
    void aSessionThatIsCutAnywhereShouldLeaveNothingBehind() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "INBOUND_MAX_COMMANDS_PER_MINUTE", "100000000");
        String session = TRANSACTION + "Subject: x\r\n\r\nhello\r\n.\r\nRSET\r\nSTARTTLS\r\n";
        int end = session.indexOf("\r\n.\r\n") + 5;
        for (int cut = 0; cut <= session.length(); cut++) {
            try (Client client = new Client(rig, "127.0.0.1")) {
                client.socket.setSoLinger(cut % 2 == 0, 0);
                client.send(session.substring(0, cut / 2));
                client.send(session.substring(cut / 2, cut));
                if (cut == end - 1) {
                    client.socket.shutdownOutput();
                    assertThat(client.codes(6)).hasSizeLessThan(6);
                }
            }
        }

        await().untilAsserted(() -> assertThat(rig.context.open()).isEmpty());
        assertThat(rig.messages).hasSizeLessThanOrEqualTo(session.length() + 1 - end);
        assertThat(rig.messages).allMatch(message -> message.endsWith("Subject: x\r\n\r\nhello\r\n"));
        requireNothingIsHeld(rig);
    }

    @Test
    void garbageOfAnyKindShouldLeaveNothingBehind() throws Exception {
        FrontRig rig = rig(Listener.INBOUND, "INBOUND_MAX_COMMANDS_PER_MINUTE", "100000000");
        Random random = new Random(17);
        byte[] noise = new byte[500];
        random.nextBytes(noise);
        List<String> pieces = List.of(
                "EHLO a\r\n",
                "MAIL FROM:<a@b.example>\r\n",
                "RCPT TO:<c@d.example>\r\n",
                "DATA\r\n",
                "\r\n.\r\n",
                "\0",
                "\r",
                "\n",
                "STARTTLS\r\n",
                "x".repeat(20_000),
                "RSET\r\n",
                "BDAT 100000\r\n",
                "NOOP\r\n".repeat(200),
                "\u0016\u0003\u0001\u0002\0",
                new String(noise, StandardCharsets.ISO_8859_1));
        for (int i = 0; i < 500; i++) {
            try (Client client = new Client(rig, "127.0.0.1")) {
                for (int n = random.nextInt(25); n > 0; n--) {
                    client.send(pieces.get(random.nextInt(pieces.size())));
                }
                if (random.nextBoolean()) {
                    client.socket.shutdownOutput();
                    client.socket.getInputStream().readAllBytes();
                }
            } catch (IOException e) {
                // It was told to go, and has gone.
            }
        }

        await().untilAsserted(() -> assertThat(rig.context.open()).isEmpty());
        requireNothingIsHeld(rig);
        Client honest = connect(rig);
        honest.send(TRANSACTION + "hello\r\n.\r\n");
        assertThat(honest.codes(6)).endsWith("354", "250");
    }

    private void requireNothingIsHeld(FrontRig rig) throws IOException {
        await().untilAsserted(() -> assertThat(rig.context.resources().uploads().used()
                        + rig.context.resources().handovers().used())
                .isZero());
        try (java.util.stream.Stream<Path> files = Files.list(home.resolve("incoming"))) {
            assertThat(files).isEmpty();
        }
    }

    /** What the front says of strangers. */
    private static final class LogLines implements AutoCloseable {
        private final Logger logger = (Logger) LoggerFactory.getLogger(FrontResources.class);
        private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

        LogLines() {
            logger.setLevel(Level.INFO);
            lines.start();
            logger.addAppender(lines);
        }

        List<String> texts() {
            return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        }

        @Override
        public void close() {
            logger.detachAppender(lines);
        }
    }

    /** A client that looks at the codes of replies. */
    private static final class Client implements AutoCloseable {
        private Socket socket = new Socket();
        private BufferedReader in;

        Client(FrontRig rig, String from) throws IOException {
            this(rig, from, 0);
        }

        Client(FrontRig rig, String from, int receiveBuffer) throws IOException {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.bind(new InetSocketAddress(InetAddresses.forString(from), 0));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), rig.port()));
            socket.setSoTimeout(20_000);
            in = reader(socket);
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
        }

        /** The codes of the next replies; fewer when the connection ends before. */
        List<String> codes(int count) throws IOException {
            List<String> codes = new ArrayList<>();
            while (codes.size() < count) {
                String line = in.readLine();
                if (line == null) {
                    return codes;
                }
                if (line.length() < 4 || line.charAt(3) == ' ') {
                    codes.add(line.substring(0, 3));
                }
            }
            return codes;
        }

        boolean isClosed() throws IOException {
            try {
                return in.readLine() == null;
            } catch (java.net.SocketException e) {
                return true;
            }
        }

        void startTls() throws Exception {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustAll()}, null);
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, "mx.example.com", 25, true);
            tls.startHandshake();
            socket = tls;
            in = reader(tls);
        }

        String peerName() throws IOException {
            return ((X509Certificate) ((SSLSocket) socket).getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }

        private static BufferedReader reader(Socket from) throws IOException {
            return new BufferedReader(new InputStreamReader(from.getInputStream(), StandardCharsets.ISO_8859_1));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
