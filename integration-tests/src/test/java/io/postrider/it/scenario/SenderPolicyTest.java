package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** In whose name a tenant may send, and how much. */
class SenderPolicyTest {
    private static final List<String> SOMEBODY = List.of("success@there.example");

    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    @Test
    void aForeignReversePathShouldBeRefusedWithItsDomainAndWhatToDo() {
        try (SmtpTalk talk = node.login(account)) {
            assertThat(talk.say("MAIL FROM:<app@foreign.example>").text())
                    .startsWith("550 5.7.1")
                    .contains("foreign.example")
                    .contains("PUT /sendingDomains/foreign.example");
            assertThat(talk.say("MAIL FROM:<app@sub." + account.domain() + ">").code())
                    .isEqualTo(550);
        }
    }

    @Test
    void aForeignAuthorShouldBeRefusedWithItsDomainAndWhatToDo() {
        assertThat(send("From: app@foreign.example", "Subject: x"))
                .startsWith("550 5.7.1")
                .contains("foreign.example")
                .contains("PUT /sendingDomains/foreign.example");
    }

    @Test
    void theDomainOfAnotherTenantShouldBeForeign() {
        Node.Account other = node.tenant("another-tenant");

        assertThat(send("From: " + other.address(), "Subject: x"))
                .startsWith("550 5.7.1")
                .contains(other.domain());
    }

    @Test
    void anAuthorThatCannotBeToldForSureShouldBeRefused() {
        String mine = account.address();
        assertThat(send("From: " + mine, "From: " + mine, "Subject: x")).startsWith("554 5.6.0 2 From fields");
        assertThat(send("From: " + mine + ", app@foreign.example", "Subject: x"))
                .startsWith("550 5.7.1")
                .contains("foreign.example");
        assertThat(send("From: \"<" + mine + ">\" <app@foreign.example>", "Subject: x"))
                .startsWith("550 5.7.1");
        assertThat(send("From: " + mine, "Sender: app@foreign.example", "Subject: x"))
                .startsWith("550 5.7.1");
        assertThat(send("From : app@foreign.example", "From: " + mine, "Subject: x"))
                .startsWith("554 5.6.0");
        assertThat(send("Subject: nobody")).startsWith("554 5.6.0 No From field");
        assertThat(send("From: =?utf-8?q?x?= <app@foreign.example> (" + mine + ")", "Subject: x"))
                .startsWith("550 5.7.1");
    }

    @Test
    void theNullReversePathShouldBeTakenWithOneOfOurAuthors() {
        try (SmtpTalk talk = node.login(account)) {
            String id = talk.send("", SOMEBODY, Mails.simple(account.address(), "No bounces please"))
                    .queuedId();
            node.awaitMessage(id, "delivered");
        }
    }

    @Test
    void aMessageAboveTheAnnouncedSizeShouldBeRefused() {
        try (SmtpTalk talk = node.submission()) {
            assertThat(talk.secure().text()).contains("SIZE " + SharedNode.MAX_MESSAGE_BYTES);
            talk.authPlain(account.username(), account.password());

            assertThat(talk.say("MAIL FROM:<" + account.address() + "> SIZE=" + (SharedNode.MAX_MESSAGE_BYTES + 1))
                            .code())
                    .isEqualTo(552);
            String line = "x".repeat(70) + "\r\n";
            byte[] tooLarge = Mails.of(
                    "From: " + account.address(),
                    "Subject: too large",
                    "",
                    line.repeat(SharedNode.MAX_MESSAGE_BYTES / line.length() + 1));
            assertThat(talk.send(account.address(), SOMEBODY, tooLarge).code()).isEqualTo(552);

            talk.send(account.address(), SOMEBODY, Mails.simple(account.address(), "The session goes on"))
                    .queuedId();
        }
    }

    @Test
    void theRecipientAboveTheLimitShouldBeToldToComeLater() {
        try (SmtpTalk talk = node.login(account)) {
            talk.say("MAIL FROM:<" + account.address() + ">");
            for (int i = 0; i < 1000; i++) {
                assertThat(talk.say("RCPT TO:<success+" + i + "@there.example>").code())
                        .isEqualTo(250);
            }

            assertThat(talk.say("RCPT TO:<success+1000@there.example>").text())
                    .startsWith("452 4.5.3")
                    .contains("1000");
            assertThat(talk.say("RSET").code()).isEqualTo(250);
        }
    }

    private String send(String... header) {
        String[] lines = new String[header.length + 2];
        System.arraycopy(header, 0, lines, 0, header.length);
        lines[header.length] = "";
        lines[header.length + 1] = "Hello.";
        try (SmtpTalk talk = node.login(account)) {
            return talk.send(account.address(), SOMEBODY, Mails.of(lines)).text();
        }
    }
}
