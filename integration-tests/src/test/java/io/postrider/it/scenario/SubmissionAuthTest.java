package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may submit. */
class SubmissionAuthTest {
    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    @Test
    void authShouldWorkAfterStartTlsByPlainAndByLogin() {
        try (SmtpTalk plain = node.submission();
                SmtpTalk login = node.submission()) {
            assertThat(plain.secure().text()).contains("AUTH").contains("PLAIN").contains("LOGIN");
            login.secure();

            assertThat(plain.authPlain(account.username(), account.password()).text())
                    .startsWith("235 2.7.0");
            assertThat(login.authLogin(account.username(), account.password()).text())
                    .startsWith("235 2.7.0");
            for (SmtpTalk talk : List.of(plain, login)) {
                assertThat(talk.send(
                                        account.address(),
                                        List.of("success@there.example"),
                                        Mails.simple(account.address(), "After AUTH"))
                                .queuedId())
                        .hasSize(26);
            }
        }
    }

    @Test
    void authShouldBeNeitherOfferedNorTakenWithoutTls() {
        try (SmtpTalk talk = node.submission()) {
            assertThat(talk.ehlo().text()).contains("STARTTLS").doesNotContain("AUTH");

            assertThat(talk.authPlain(account.username(), account.password()).text())
                    .startsWith("538 5.7.11")
                    .contains("STARTTLS");
            assertThat(talk.say("AUTH PLAIN").code()).isEqualTo(538);
            assertThat(talk.say("AUTH LOGIN").code()).isEqualTo(538);
            assertThat(talk.say("MAIL FROM:<" + account.address() + ">").code()).isEqualTo(530);
        }
    }

    @Test
    void aWrongPasswordAndAnUnknownUserShouldGetTheSameAnswer() {
        try (SmtpTalk talk = node.submission()) {
            talk.secure();

            SmtpTalk.Reply wrong = talk.authPlain(account.username(), "not the password");
            assertThat(wrong.text()).startsWith("535 5.7.8");
            assertThat(talk.authLogin("nobody", account.password())).isEqualTo(wrong);
            assertThat(talk.say("MAIL FROM:<" + account.address() + ">").code()).isEqualTo(530);
            assertThat(talk.authPlain(account.username(), account.password()).code())
                    .isEqualTo(235);
        }
    }

    @Test
    void aSessionShouldGoOnAfterAuthThatCannotBeRead() {
        try (SmtpTalk talk = node.submission()) {
            talk.secure();

            assertThat(talk.say("AUTH PLAIN").code()).isEqualTo(334);
            assertThat(talk.say("*").code()).isEqualTo(501);
            assertThat(talk.say("AUTH PLAIN ?").code()).isEqualTo(501);
            assertThat(talk.say("AUTH CRAM-MD5").code()).isEqualTo(504);
            assertThat(talk.authPlain(account.username(), account.password()).code())
                    .isEqualTo(235);
        }
    }

    @Test
    void nothingShouldBeTakenWithoutAuth() {
        try (SmtpTalk talk = node.submission()) {
            talk.secure();

            assertThat(talk.say("MAIL FROM:<" + account.address() + ">").text()).startsWith("530 5.7.0");
            assertThat(talk.say("RCPT TO:<success@there.example>").code()).isEqualTo(503);
            assertThat(talk.say("DATA").code()).isEqualTo(503);
        }
    }

    @Test
    void startTlsShouldBeRefusedUnderTls() {
        try (SmtpTalk talk = node.login(account)) {
            assertThat(talk.say("STARTTLS").code()).isGreaterThanOrEqualTo(500);
        }
    }

    @Test
    void eachCredentialOfATenantShouldWorkUntilItIsDisabled() {
        Node.Account first = node.tenant("many-credentials");
        Node.Account second = node.credentialOf("many-credentials", first.domain());
        node.submit(first, "success@there.example");
        node.submit(second, "success@there.example");

        node.admin()
                .put("/credentials/" + first.username(), "{'tenant': 'many-credentials', 'disabled': true}")
                .orFail();

        try (SmtpTalk talk = node.submission()) {
            talk.secure();
            assertThat(talk.authPlain(first.username(), first.password()).code())
                    .isEqualTo(535);
            assertThat(talk.authPlain(second.username(), second.password()).code())
                    .isEqualTo(235);
        }
        node.admin()
                .put("/credentials/" + first.username(), "{'tenant': 'many-credentials', 'disabled': false}")
                .orFail();
        node.submit(first, "success@there.example");
    }

    @Test
    void aTrustedNetworkShouldSubmitAsItsTenantWithoutAuthAndTls() {
        Node.Account trusted = node.tenant(SharedNode.TRUSTED_TENANT);
        byte[] mine = Mails.simple(trusted.address(), "From a trusted network");
        try (SmtpTalk talk = SmtpTalk.from(
                SharedNode.TRUSTED_ADDRESS, node.process().submission().getPort())) {
            talk.ehlo();

            String id = talk.send(trusted.address(), List.of("success@there.example"), mine)
                    .queuedId();

            assertThat(node.awaitMessage(id, "delivered").get("tenant").asText())
                    .isEqualTo(SharedNode.TRUSTED_TENANT);
            assertThat(node.trace(id).get("submitter").asText()).contains(SharedNode.TRUSTED_ADDRESS);
            assertThat(talk.say("MAIL FROM:<" + account.address() + ">").text())
                    .startsWith("550 5.7.1")
                    .contains(account.domain());
        }
        try (SmtpTalk talk =
                SmtpTalk.from("127.0.0.3", node.process().submission().getPort())) {
            talk.ehlo();
            assertThat(talk.say("MAIL FROM:<" + trusted.address() + ">").code()).isEqualTo(530);
        }
    }
}
