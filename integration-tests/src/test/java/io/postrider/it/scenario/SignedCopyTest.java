package io.postrider.it.scenario;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.dkim.TestVerifier;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The mail as a receiver gets it: signed, complete, and else as it was submitted. */
class SignedCopyTest {
    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    @Test
    void theSignatureShouldHoldUnderThePublishedKey() throws GeneralSecurityException {
        byte[] copy = node.copyOf(account, Mails.simple(account.address(), "Signed"));

        assertThat(verify(copy, account.domain())).containsExactly(true);
        assertThat(signature(copy))
                .containsEntry("d", account.domain())
                .containsEntry("a", "rsa-sha256")
                .containsEntry("c", "relaxed/relaxed");
        assertThat(signature(copy).get("h"))
                .containsSubsequence("from:from", "to:to", "subject:subject", "date:date")
                .contains("reply-to");
    }

    @Test
    void theSignatureShouldBreakWhenWhatItCoversIsChanged() throws GeneralSecurityException {
        String copy = Mails.text(node.copyOf(account, Mails.simple(account.address(), "Signed")));

        assertThat(verify(copy.replace("Hello.", "Hallo.").getBytes(ISO_8859_1), account.domain()))
                .containsExactly(false);
        assertThat(verify(("From: other@there.example\r\n" + copy).getBytes(ISO_8859_1), account.domain()))
                .containsExactly(false);
        assertThat(verify(
                        copy.replace("To: ", "Reply-To: x@there.example\r\nTo: ")
                                .getBytes(ISO_8859_1),
                        account.domain()))
                .containsExactly(false);
    }

    @Test
    void aNewDomainShouldSignWithTheKeyThatPutAnswered() throws GeneralSecurityException {
        node.admin().call("PUT", "/tenants/new-domain").orFail();
        JsonNode put = node.admin()
                .put("/sendingDomains/new-domain.example", "{'tenant': 'new-domain'}")
                .orFail()
                .json();
        Node.Account owner = node.credentialOf("new-domain", "new-domain.example");

        byte[] copy = node.copyOf(owner, Mails.simple("News <news@new-domain.example>", "From a new domain"));

        assertThat(TestVerifier.verify(copy, published(put))).containsExactly(true);
        assertThat(put).isEqualTo(node.admin().json("/sendingDomains/new-domain.example"));
    }

    @Test
    void messageIdAndDateShouldBeAddedWhenTheyAreAbsentAndOnlyThen() {
        String bare = Mails.headerOf(node.copyOf(account, Mails.simple(account.address(), "Bare")));
        assertThat(bare).containsPattern("\r\nMessage-ID: <[0-9A-Z]{26}@" + account.domain() + ">\r\n");
        assertThat(bare).containsPattern("\r\nDate: \\w{3}, \\d{1,2} \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d \\+0000\r\n");

        byte[] complete = Mails.of(
                "Message-Id: <mine@" + account.domain() + ">",
                "date: Wed, 25 Nov 2026 10:00:00 +0100",
                "From: " + account.address(),
                "Subject: Complete",
                "",
                "Hello.");
        String kept = Mails.headerOf(node.copyOf(account, complete));
        assertThat(kept)
                .contains("\r\nMessage-Id: <mine@" + account.domain() + ">\r\n")
                .contains("\r\ndate: Wed, 25 Nov 2026 10:00:00 +0100\r\n")
                .doesNotContain("Message-ID:")
                .doesNotContain("Date:");
    }

    @Test
    void bccShouldBeRemovedAndItsRecipientsKept() {
        byte[] message = Mails.of(
                "From: " + account.address(),
                "Bcc: secret@there.example,",
                " more@there.example",
                "Subject: Bcc",
                "",
                "Hello.");

        String copy = Mails.text(node.copyOf(account, message));
        assertThat(copy)
                .doesNotContainIgnoringCase("bcc:")
                .doesNotContain("secret")
                .doesNotContain("more@");
        assertThat(copy).contains("\r\nSubject: Bcc\r\n");
    }

    @Test
    void aLineOf200000BytesShouldArriveWhole() throws GeneralSecurityException {
        requireSameBody("a short line\r\n" + "x".repeat(200_000) + "\r\nand another\r\n");
    }

    @Test
    void linesThatStartWithDotsShouldArriveWhole() throws GeneralSecurityException {
        requireSameBody(".\r\n..\r\n.hidden\r\n\r\n.\r\nend.\r\n.\r\n");
    }

    @Test
    void eachByteAbove127ShouldArriveUnchanged() throws GeneralSecurityException {
        StringBuilder body = new StringBuilder();
        for (char c = 1; c < 256; c++) {
            if (c != '\r' && c != '\n') {
                body.append(c);
            }
        }
        requireSameBody(body + "\r\n\u00c3\u00bc in UTF-8, \u00fc in Latin-1\r\n");
    }

    @Test
    void anEmptyBodyShouldArriveEmpty() throws GeneralSecurityException {
        requireSameBody("");
    }

    @Test
    void aMailOf5MegabytesShouldArriveWhole() throws GeneralSecurityException {
        Random random = new Random(5);
        StringBuilder body = new StringBuilder();
        while (body.length() < 5_000_000) {
            for (int i = 0; i < 76; i++) {
                body.append((char) ('!' + random.nextInt(94)));
            }
            body.append("\r\n");
        }
        requireSameBody(body.toString());
    }

    @Test
    void theEndOfDataShouldBeCrLfDotCrLfAndNothingElse() {
        // SMTP smuggling: what one server takes for the end and the next does not.
        String smuggled = "MAIL FROM:<smuggler@" + account.domain()
                + ">\r\nRCPT TO:<success@there.example>\r\nDATA\r\nFrom: smuggler@" + account.domain()
                + "\r\n\r\nSmuggled.";
        for (String notTheEnd : List.of("\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n", "\r.\r\n", "\r\n.\r")) {
            try (SmtpTalk talk = node.login(account)) {
                talk.say("MAIL FROM:<" + account.address() + ">");
                talk.say("RCPT TO:<success+smuggling@there.example>");
                assertThat(talk.say("DATA").code()).isEqualTo(354);
                talk.write(
                        ("From: " + account.address() + "\r\nSubject: x\r\n\r\na" + notTheEnd + smuggled + "\r\n.\r\n")
                                .getBytes(ISO_8859_1));
                SmtpTalk.Reply end = talk.listen();

                if (end.code() == 250) {
                    requireOneMessage(end.queuedId());
                } else {
                    assertThat(end.code()).as(Admin.jsonString(notTheEnd)).isGreaterThanOrEqualTo(500);
                }
            }
        }
        assertThat(node.admin()
                        .json("/messages?sender=smuggler@" + account.domain())
                        .get("items"))
                .isEmpty();
    }

    private void requireOneMessage(String id) {
        node.awaitMessage(id, "delivered");
        long n = node.simulated(id, "success+smuggling@there.example").get("n").asLong();
        assertThat(node.admin().get("/simulator/messages/" + n).text())
                .contains("MAIL FROM:<smuggler@")
                .doesNotContainPattern("(?<!\r)\n|\r(?!\n)");
    }

    private void requireSameBody(String body) throws GeneralSecurityException {
        byte[] bytes = body.getBytes(ISO_8859_1);
        byte[] message = Mails.text(Mails.of("From: " + account.address(), "Subject: Whole", ""))
                .concat(body)
                .getBytes(ISO_8859_1);

        byte[] copy = node.copyOf(account, message);

        assertThat(Mails.bodyOf(copy).length).isEqualTo(bytes.length);
        assertThat(java.util.Arrays.equals(Mails.bodyOf(copy), bytes)).isTrue();
        assertThat(verify(copy, account.domain())).containsExactly(true);
    }

    private List<Boolean> verify(byte[] message, String domain) throws GeneralSecurityException {
        return TestVerifier.verify(message, published(node.admin().json("/sendingDomains/" + domain)));
    }

    /** The TXT records as they would stand in the DNS. */
    private static java.util.function.Function<String, String> published(JsonNode sendingDomain) {
        Map<String, String> records = StreamSupport.stream(
                        sendingDomain.get("dnsRecords").spliterator(), false)
                .filter(dnsRecord -> dnsRecord.get("type").asText().equals("TXT"))
                .collect(Collectors.toMap(
                        dnsRecord -> dnsRecord.get("name").asText(),
                        dnsRecord -> dnsRecord.get("value").asText(),
                        (one, other) -> one));
        return name -> records.getOrDefault(name, "p=");
    }

    private static Map<String, String> signature(byte[] copy) {
        String header = Mails.headerOf(copy);
        assertThat(header).startsWith("DKIM-Signature:");
        return TestVerifier.tags(header.split("\r\n(?![ \t])", 2)[0].substring("DKIM-Signature:".length()));
    }
}
