package io.postrider.it.scenario;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.MessageId;
import io.postrider.returnpath.ReturnPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the port that faces the internet takes: our own return paths, and nothing else. */
class InboundTest {
    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    @Test
    void eachKindOfRelayAttemptShouldBeRefused() {
        String ours = account.domain();
        try (SmtpTalk talk = node.inbound()) {
            assertThat(talk.ehlo().text()).doesNotContain("AUTH");
            assertThat(talk.say("AUTH PLAIN AGFwcABhcHA=").code()).isGreaterThanOrEqualTo(500);
            for (String sender : List.of("", account.address(), "b+x@bounce." + ours, "spammer@foreign.example")) {
                assertThat(talk.say("MAIL FROM:<" + sender + ">").code()).isEqualTo(250);
                for (String recipient : List.of(
                        "victim@there.example",
                        "victim@simulator.invalid",
                        "app@" + ours,
                        "app@bounce." + ours,
                        "postmaster@" + ours,
                        "postmaster",
                        "victim",
                        "victim%there.example@" + ours,
                        "there.example!victim@" + ours,
                        "\"victim@there.example\"@" + ours,
                        "\"victim@there.example\"",
                        "victim@there.example@" + ours,
                        "@" + ours + ":victim@there.example",
                        "@" + ours + ",@there.example:victim@there.example",
                        "victim@[127.0.0.1]",
                        "victim@[IPv6:::1]",
                        "victim@127.0.0.1",
                        "victim@localhost",
                        "b+" + "0".repeat(26) + "@bounce." + ours)) {
                    assertThat(talk.say("RCPT TO:<" + recipient + ">").text())
                            .as(recipient)
                            .matches("55[03] 5\\.(7\\.1|1\\.3) .*");
                }
                assertThat(talk.say("DATA").code()).isEqualTo(503);
                talk.say("RSET");
            }
        }
    }

    @Test
    void whatIsNoReturnPathOfOursShouldGet550() {
        try (SmtpTalk talk = node.inbound()) {
            talk.ehlo();
            talk.say("MAIL FROM:<>");
            assertThat(talk.say("RCPT TO:<victim@there.example>").text()).startsWith("550 5.7.1");
            assertThat(talk.say("RCPT TO:<app@bounce." + account.domain() + ">").text())
                    .startsWith("550 5.7.1");
        }
    }

    @Test
    void theReturnPathOfAMessageShouldBeTakenAndTheReportKept() {
        String returnPath = returnPathOfAMail();
        Inbox inbox = new Inbox(node);
        Set<String> before = inbox.keys();
        try (SmtpTalk talk = node.inbound()) {
            talk.ehlo();
            assertThat(talk.send("", List.of(returnPath), report()).code()).isEqualTo(250);
        }

        assertThat(inbox.theOneBeside(before)).contains("Subject: Undelivered").contains("It came back.");
    }

    @Test
    void aReturnPathShouldCountInAnyCaseOfLetters() {
        try (SmtpTalk talk = node.inbound()) {
            talk.ehlo();
            talk.say("MAIL FROM:<>");
            assertThat(talk.say("RCPT TO:<" + returnPathOfAMail().toUpperCase(Locale.ROOT) + ">")
                            .code())
                    .isEqualTo(250);
        }
    }

    @Test
    void aForgedReturnPathShouldBeRefused() {
        String genuine = returnPathOfAMail();
        int at = genuine.indexOf('@');
        String otherSignature =
                genuine.substring(0, at - 1) + (genuine.charAt(at - 1) == '0' ? '1' : '0') + genuine.substring(at);
        String otherMessage = genuine.replaceFirst("b\\+01", "b+02");
        String otherDomain = genuine.substring(0, at) + "@" + account.domain();
        String foreignDomain = genuine.substring(0, at) + "@there.example";
        try (SmtpTalk talk = node.inbound()) {
            talk.ehlo();
            talk.say("MAIL FROM:<>");
            for (String forged : List.of(otherSignature, otherMessage, otherDomain, foreignDomain)) {
                assertThat(talk.say("RCPT TO:<" + forged + ">").text()).startsWith("550 5.7.1");
            }
        }
    }

    @Test
    void aStaleReturnPathShouldBeRefused() throws IOException {
        byte[] secret = Files.readString(node.process().home().resolve("secrets/return-path.key"))
                .strip()
                .getBytes(US_ASCII);
        ReturnPaths signedByUs = new ReturnPaths(secret, Clock.systemUTC());
        String domain = "bounce." + account.domain();
        Instant now = Instant.now();
        try (SmtpTalk talk = node.inbound()) {
            talk.ehlo();
            talk.say("MAIL FROM:<>");

            assertThat(talk.say("RCPT TO:<" + signedByUs.create(idOf(now.minus(Duration.ofDays(29))), 0, domain) + ">")
                            .code())
                    .isEqualTo(250);
            assertThat(talk.say("RCPT TO:<" + signedByUs.create(idOf(now.minus(Duration.ofDays(31))), 0, domain) + ">")
                            .text())
                    .startsWith("550 5.7.1");
        }
    }

    private static MessageId idOf(Instant time) {
        return MessageId.at(time, new Random(1));
    }

    private String returnPathOfAMail() {
        String id = node.submit(account, "success@there.example");
        node.awaitMessage(id, "delivered");
        String returnPath =
                node.simulated(id, "success@there.example").get("reversePath").asText();
        assertThat(returnPath).startsWith("b+").endsWith("@bounce." + account.domain());
        return returnPath;
    }

    private static byte[] report() {
        return Mails.of("From: MAILER-DAEMON@there.example", "Subject: Undelivered", "", "It came back.");
    }
}
