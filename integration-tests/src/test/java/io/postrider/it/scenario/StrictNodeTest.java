package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.it.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ports of a node whose operator has set what is not the default: content refused and not made clean, and a hook of his own. */
class StrictNodeTest {
    private static final String TRUSTED = "127.0.0.2";
    private static final int MAX_HOPS = 4;

    @TempDir
    static Path directory;

    private static ServerProcess process;
    private static Node node;

    enum Port {
        SUBMISSION,
        SUBMISSION_TLS,
        INBOUND
    }

    @BeforeAll
    static void start() throws IOException {
        Path home = directory.resolve("home");
        Configuration.edit(
                home,
                "smtpserver.xml",
                "coreHandlersPackage=\"io.postrider.submission.smtp.SubmissionHandlers\"/>",
                "coreHandlersPackage=\"io.postrider.submission.smtp.SubmissionHandlers\"><handler class=\""
                        + RefuseOneRecipient.class.getName() + "\"/></handlerchain>");
        process = ServerProcess.start(
                home,
                Map.of(
                        "POSTRIDER_SMTP_LONG_LINES", "refuse",
                        "POSTRIDER_SMTP_BARE_LINE_ENDS", "refuse",
                        "POSTRIDER_SMTP_MAX_HEADER_SIZE", "64KiB",
                        "POSTRIDER_SMTP_MAX_HOPS", Integer.toString(MAX_HOPS),
                        "POSTRIDER_SUBMISSION_ADDRESS_LITERALS", "true",
                        "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", TRUSTED + "/32=default",
                        "POSTRIDER_INBOUND_POSTMASTER", "ops@people.example"));
        node = new Node(process);
    }

    @AfterAll
    static void stop() {
        process.close();
    }

    @ParameterizedTest
    @EnumSource
    void whatTheOperatorDoesNotWantShouldBeRefusedAndTheSessionGoOn(Port port) {
        Map<String, String> refused = Map.of(
                "Subject: x\r\n\r\n" + "x".repeat(9_000) + "\r\n",
                "554 5.6.0 A line has more than 998 octets",
                "Subject: x\r\n\r\n" + "x".repeat(200_000) + "\r\n",
                "554 5.6.0 A line has more than 998 octets",
                "Subject: x\r\nX: " + "x".repeat(9_000) + "\r\n\r\n",
                "554 5.6.0 A line has more than 998 octets",
                "Subject: x\r\n\r\na\nb\r\n",
                "554 5.6.0 The message has a bare",
                "Subject: x\r\n\r\na\rb\r\n",
                "554 5.6.0 The message has a bare",
                "Subject: x\r\n\r\na\0b\r\n",
                "554 5.6.0 The message has a bare",
                "Subject: x\r\n\r\nbody\n.\nMAIL FROM:<x@evil.example>\r\n",
                "554 5.6.0 The message has a bare",
                "Subject: x\r\n" + ("X: " + "y".repeat(900) + "\r\n").repeat(80) + "\r\nhello\r\n",
                "552 5.3.4 The header section is too large; at most 65536 octets",
                "Subject: x\r\n" + "X: y\r\n".repeat(1000) + "\r\nhello\r\n",
                "552 5.3.4 The header section has too many fields; at most 1000",
                "Subject: x\r\n" + "Received: x\r\n".repeat(MAX_HOPS) + "\r\nhello\r\n",
                "554 5.4.6 ");
        try (SmtpTalk talk = open(port)) {
            refused.forEach((content, reply) ->
                    assertThat(send(talk, port, content).text()).as(reply).startsWith(reply));
            assertThat(send(talk, port, "Subject: x\r\n\r\n" + "x".repeat(998) + "\r\n")
                            .code())
                    .isEqualTo(250);
        }
    }

    private static SmtpTalk open(Port port) {
        return switch (port) {
            case SUBMISSION -> node.login(node.account());
            case SUBMISSION_TLS -> node.loginTls(node.account());
            case INBOUND -> {
                SmtpTalk talk = node.inbound();
                talk.ehlo();
                yield talk;
            }
        };
    }

    private static SmtpTalk.Reply send(SmtpTalk talk, Port port, String content) {
        boolean inbound = port == Port.INBOUND;
        talk.say("MAIL FROM:<" + (inbound ? "" : node.account().address()) + ">");
        assertThat(talk.say("RCPT TO:<" + (inbound ? ReturnPath.OF_A_MAIL : "success@there.example") + ">")
                        .code())
                .isEqualTo(250);
        assertThat(talk.say("DATA").code()).isEqualTo(354);
        String from = "From: " + node.account().address() + "\r\n";
        talk.write((from + content + ".\r\n").getBytes(StandardCharsets.ISO_8859_1));
        return talk.listen();
    }

    /** Made once: it holds for many reports. */
    private static final class ReturnPath {
        private static final String OF_A_MAIL = make();

        private static String make() {
            String id = node.submit(node.account(), "success@there.example");
            node.awaitMessage(id, "delivered");
            return node.simulated(id, "success@there.example")
                    .get("reversePath")
                    .asText();
        }
    }

    @Test
    void thePersonBehindTheServiceShouldBeNamed() {
        try (SmtpTalk talk = node.inbound()) {
            talk.ehlo();
            talk.say("MAIL FROM:<>");
            String domain = node.account().domain();
            for (String role : List.of("postmaster", "Postmaster@bounce." + domain, "abuse@bounce." + domain)) {
                assertThat(talk.say("RCPT TO:<" + role + ">").text())
                        .isEqualTo("551 5.1.6 User not local; please try <ops@people.example>");
            }
            assertThat(talk.say("RCPT TO:<postmaster@there.example>").text()).startsWith("550 5.7.1 ");
        }
    }

    @Test
    void addressLiteralsShouldBeTakenOfIpv4() {
        try (SmtpTalk talk = node.login(node.account())) {
            talk.say("MAIL FROM:<" + node.account().address() + ">");
            assertThat(talk.say("RCPT TO:<bob@[192.0.2.1]>").text())
                    .isEqualTo("250 2.1.5 Recipient <bob@[192.0.2.1]> OK");
            assertThat(talk.say("RCPT TO:<bob@[192.0.2.300]>").code()).isBetween(500, 559);
            assertThat(talk.say("RCPT TO:<bob@[IPv6:2001:db8::1]>").text()).startsWith("550 5.1.2 ");
        }
    }

    @Test
    void aHookOfTheOperatorShouldBeAskedBeforeOurs() {
        try (SmtpTalk talk = node.login(node.account())) {
            talk.say("MAIL FROM:<" + node.account().address() + ">");
            assertThat(talk.say("RCPT TO:<" + RefuseOneRecipient.REFUSED + ">").text())
                    .matches("5\\d\\d 5\\.\\d\\.\\d .+");
            assertThat(talk.say("RCPT TO:<success@there.example> XHOOK=1").text())
                    .startsWith("250 2.1.5 ");
            assertThat(talk.say("RCPT TO:<success@there.example> XOTHER=1").text())
                    .startsWith("555 5.5.4 ");
        }
    }

    @Test
    void anotherHandshakeOnTheSameConnectionShouldBeRefused() {
        try (SmtpTalk talk = SmtpTalk.withTls12(node.process().submissionTls().getPort())) {
            assertThat(talk.ehlo().code()).isEqualTo(250);

            assertThatThrownBy(() -> {
                        talk.handshakeAgain();
                        talk.say("NOOP");
                    })
                    .isInstanceOfAny(IOException.class, UncheckedIOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1",
                "get /x?y HTTP/1.0",
                "Host: 127.0.0.1:2587",
                "CONNECT there.example:25 HTTP/1.1"
            })
    void whatAnAppOfATrustedNetworkIsMadeToSendByHttpShouldSubmitNothing(String line) {
        try (SmtpTalk talk = SmtpTalk.from(TRUSTED, node.process().submission().getPort())) {
            talk.write((line + "\r\nContent-Type: text/plain\r\n\r\nEHLO x\r\nMAIL FROM:<"
                            + node.account().address() + ">\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));

            assertThat(talk.listen().text()).startsWith("421 4.7.0 ").contains("HTTP");
            assertThatThrownBy(talk::listen).isInstanceOf(UncheckedIOException.class);
        }
    }

    @Test
    void mailThatARelayBringsBackToUsShouldEndAtItsFirstTurn() {
        Node.Account account = node.account();
        node.admin()
                .put(
                        "/relays/loop",
                        "{'host': '127.0.0.1', 'port': " + process.submission().getPort()
                                + ", 'tls': {'mode': 'starttls', 'verify': false}, 'username': '" + account.username()
                                + "', 'password': '" + account.password() + "'}")
                .orFail();
        node.admin()
                .put(
                        "/routes/loop",
                        "{'position': 1, 'when': {'recipientDomain': 'loop.example'}, 'via': ['relay:loop']}")
                .orFail();

        String id = node.submit(account, "round@loop.example");

        // It comes from our return path, which is no sending domain.
        JsonNode trace = node.awaitMessage(id, "bounced");
        assertThat(trace.get("deliveries").get(0).get("explanation").asText()).contains("550 5.7.1 MAIL FROM domain");
    }
}
