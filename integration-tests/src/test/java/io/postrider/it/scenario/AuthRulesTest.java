package io.postrider.it.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What AUTH answers to what clients and attackers send. */
class AuthRulesTest {
    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    @Test
    void aForeignAuthorisationIdentityShouldBeRefusedAndOnesOwnTaken() {
        String me = account.username();
        try (SmtpTalk talk = node.submission()) {
            talk.secure();
            assertThat(plain(talk, "somebody\0" + me + "\0" + account.password()))
                    .startsWith("535 5.7.8 Nobody may act for another user");
            assertThat(plain(talk, me + "\0" + account.password())).startsWith("501 5.5.2 ");
            assertThat(plain(talk, me)).startsWith("501 5.5.2 ");
            assertThat(plain(talk, "\0" + me + "\0" + account.password() + "\0"))
                    .startsWith("501 5.5.2 ");
            assertThat(plain(talk, "\0\0" + account.password())).startsWith("501 5.5.2 ");
            assertThat(plain(talk, "\0" + me + "\0")).startsWith("501 5.5.2 ");
            assertThat(plain(talk, me + "\0" + me + "\0" + account.password())).startsWith("235 2.7.0 ");
            assertThat(plain(talk, "\0" + me + "\0" + account.password())).startsWith("503 5.5.1 ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "AUTH                       | 501 5.5.4 ",
                "AUTH PLAIN x y             | 501 5.5.4 ",
                "AUTH PLAIN =               | 501 5.5.2 ",
                "AUTH PLAIN ****            | 501 5.5.2 No base64",
                "AUTH PLAIN /w==            | 501 5.5.2 No UTF-8",
                "AUTH LOGIN ****            | 501 5.5.2 No base64",
                "AUTH CRAM-MD5              | 504 5.5.4 ",
                "AUTH XOAUTH2 dGVzdA==      | 504 5.5.4 "
            })
    void whatCannotBeReadShouldLeaveACleanSession(String command, String reply) {
        try (SmtpTalk talk = node.submission()) {
            talk.secure();
            assertThat(talk.say(command).text()).startsWith(reply.strip());
            assertThat(talk.say("NOOP").code()).isEqualTo(250);
            assertThat(talk.authLogin(account.username(), account.password()).code())
                    .isEqualTo(235);
        }
    }

    @Test
    void eachStepShouldBeCancelledOrRefusedForGood() {
        try (SmtpTalk talk = node.submission()) {
            talk.secure();
            for (String answer : List.of("*", "%%%")) {
                assertThat(talk.say("auth plain").text()).isEqualTo("334");
                assertThat(talk.say(answer).code()).isEqualTo(501);
                assertThat(talk.say("AUTH LOGIN").text()).isEqualTo("334 VXNlcm5hbWU6");
                assertThat(talk.say(answer).code()).isEqualTo(501);
                assertThat(talk.say("AUTH LOGIN " + base64("somebody")).text()).isEqualTo("334 UGFzc3dvcmQ6");
                assertThat(talk.say(answer).code()).isEqualTo(501);
                assertThat(talk.say("NOOP").code()).isEqualTo(250);
            }
        }
    }

    @Test
    void tooManyWrongPasswordsShouldPutTheAddressOffButNobodyElse() {
        Node.Account other = node.tenant("brake");
        try (SmtpTalk known =
                SmtpTalk.from("127.0.0.77", node.process().submission().getPort())) {
            known.secure();
            assertThat(known.authPlain(other.username(), other.password()).code())
                    .isEqualTo(235);
        }
        try (SmtpTalk talk =
                SmtpTalk.from("127.0.0.77", node.process().submission().getPort())) {
            talk.secure();
            for (int i = 0; i < 10; i++) {
                assertThat(talk.authPlain("nobody" + i, "wrong").text()).startsWith("535 5.7.8 ");
            }
            assertThat(talk.authPlain(account.username(), account.password()).text())
                    .as("from that address, whoever it is")
                    .matches("454 4\\.7\\.0 Too many wrong passwords; try again in \\d+ seconds");
            assertThat(talk.authPlain(other.username(), other.password()).code())
                    .as("who logged in from there before")
                    .isEqualTo(235);
        }
        try (SmtpTalk talk = node.login(account)) {
            assertThat(talk.say("NOOP").code()).isEqualTo(250);
        }
    }

    private static String plain(SmtpTalk talk, String response) {
        return talk.say("AUTH PLAIN " + base64(response)).text();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }
}
