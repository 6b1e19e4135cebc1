package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the ports say to each command, right or wrong. */
class SmtpCommandsTest {
    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    @Test
    void ehloShouldAnnounceWhatThePortDoesAndNoMore() {
        try (SmtpTalk submission = node.submission();
                SmtpTalk inbound = node.inbound()) {
            List<String> clear = submission.ehlo().lines();
            assertThat(clear.get(0)).matches("250-\\S+ Hello client\\.example \\[127\\.0\\.0\\.1]");
            assertThat(extensions(clear))
                    .contains("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "STARTTLS")
                    .contains("SIZE " + SharedNode.MAX_MESSAGE_BYTES)
                    .noneMatch(line -> line.startsWith("AUTH"))
                    .doesNotContain("SMTPUTF8", "CHUNKING")
                    .doesNotHaveDuplicates();
            assertThat(extensions(submission.secure().lines()))
                    .contains("AUTH PLAIN LOGIN")
                    .doesNotContain("STARTTLS");
            assertThat(extensions(inbound.ehlo().lines()))
                    .contains("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "STARTTLS")
                    .doesNotContain("DSN")
                    .noneMatch(line -> line.startsWith("AUTH"));
            assertThat(inbound.say("HELO client").lines()).hasSize(1);
        }
    }

    private static List<String> extensions(List<String> lines) {
        return lines.stream().skip(1).map(line -> line.substring(4)).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "EHLO                          | 501 5.5.4 ",
                "HELO                          | 501 5.5.4 ",
                "EHLO my pc                    | 501 5.5.2 ",
                "EHLO a\u0001b                 | 501 5.5.2 ",
                "EHLO <x>                      | 501 5.5.2 ",
                "EHLO my_pc                    | 250",
                "HELO localhost                | 250 ",
                "EHLO [192.0.2.1]              | 250",
                "EHLO [IPv6:2001:db8::1]       | 250",
                "NOOP                          | 250 2.0.0 ",
                "NOOP with argument            | 250 2.0.0 ",
                "RSET                          | 250 2.0.0 ",
                "RSET x                        | 501 5.5.4 ",
                "HELP                          | 214 2.0.0 ",
                "HELP MAIL                     | 214 2.0.0 ",
                "VRFY postmaster               | 252 2.5.2 ",
                "EXPN list                     | 502 5.5.1 ",
                "XYZZY <script>                | 500 5.5.",
                "RCPT TO:<a@there.example>     | 503 5.5.1 ",
                "MAIL FROM:<a@there.example>   | 250 2.1.0 "
            })
    void eachCommandShouldGetItsReply(String command, String reply) {
        try (SmtpTalk talk = node.inbound()) {
            talk.ehlo();
            assertThat(talk.say(command).text()).startsWith(reply.strip());
            assertThat(talk.say("NOOP").code()).as("the session goes on").isEqualTo(250);
        }
    }

    /** How far a session has come. */
    enum State {
        CONNECTED,
        GREETED,
        IN_TRANSACTION,
        WITH_RECIPIENT
    }

    @ParameterizedTest
    @EnumSource
    void eachReplyShouldSayWhatItIsAboutInEachState(State state) {
        List<Supplier<SmtpTalk>> ports =
                List.of(node::inbound, node::submission, () -> node.login(account), () -> node.loginTls(account));
        for (Supplier<SmtpTalk> port : ports) {
            for (String command : List.of(
                    "",
                    " NOOP",
                    "XYZZY",
                    "\0",
                    "NOOP \0",
                    "x".repeat(13_000),
                    "MAIL",
                    "MAIL FROM:",
                    "MAIL FROM:<" + account.address() + ">",
                    "MAIL FROM:<a@there.example",
                    "MAIL FROM:<> X",
                    "RCPT",
                    "RCPT TO:",
                    "RCPT TO:<>",
                    "RCPT TO:<a@there.example",
                    "RCPT TO:<a@there.example> X=1",
                    "DATA x",
                    "BDAT 1 LAST",
                    "BURL x",
                    "AUTH",
                    "AUTH PLAIN",
                    "AUTH PLAIN x",
                    "AUTH FOO",
                    "STARTTLS x",
                    "XCLIENT ADDR=192.0.2.1",
                    "PROXY TCP4 192.0.2.1 192.0.2.2 1 2",
                    "QUIT x",
                    "QUIT",
                    "RSET",
                    "RSET x",
                    "NOOP x",
                    "VRFY",
                    "EXPN",
                    "HELP",
                    "TURN",
                    "ETRN x",
                    "SEND FROM:<>",
                    "GET / HTTP/1.1",
                    "EHLO",
                    "HELO",
                    "EHLO a b",
                    "EHLO " + "x".repeat(5_000),
                    "DATA")) {
                try (SmtpTalk talk = port.get()) {
                    bring(talk, state);
                    SmtpTalk.Reply reply = talk.say(command);
                    String about = state + " " + command.lines().findFirst().orElse("") + ": " + reply;
                    assertThat(reply.lines()).as(about).hasSize(1);
                    if (reply.code() == 334) {
                        assertThat(talk.say("*").text()).as(about).startsWith("501 5.7.0 ");
                    } else if (reply.code() != 354) {
                        int kind = reply.code() / 100;
                        assertThat(reply.text()).as(about).matches(kind + "\\d\\d " + kind + "\\.\\d+\\.\\d+ \\S.*");
                    }
                }
            }
        }
    }

    private void bring(SmtpTalk talk, State state) {
        if (state != State.CONNECTED) {
            talk.ehlo();
        }
        if (state.compareTo(State.IN_TRANSACTION) >= 0) {
            talk.say("MAIL FROM:<" + account.address() + ">");
        }
        if (state == State.WITH_RECIPIENT) {
            talk.say("RCPT TO:<success@there.example>");
        }
    }

    @Test
    void nothingShouldBeTakenBeforeEhlo() {
        try (SmtpTalk talk = node.inbound()) {
            assertThat(talk.say("MAIL FROM:<>").text()).startsWith("503 5.5.1 ").contains("EHLO");
        }
        try (SmtpTalk talk = node.submission()) {
            assertThat(talk.say("AUTH PLAIN").text()).startsWith("503 5.5.1 ").contains("EHLO");
        }
    }

    @Test
    void aSecondMailShouldBeRefusedAndTheFirstStay() {
        try (SmtpTalk talk = node.login(account)) {
            assertThat(talk.say("MAIL FROM:<" + account.address() + ">").code()).isEqualTo(250);
            assertThat(talk.say("MAIL FROM:<other@" + account.domain() + ">").text())
                    .startsWith("503 5.5.1 ");
            assertThat(talk.say("AUTH PLAIN").text()).startsWith("503 5.5.1 ");
            assertThat(talk.say("RCPT TO:<success@there.example>").code()).isEqualTo(250);
            String id = talk.data(Mails.simple(account.address(), "The first stays"))
                    .queuedId();
            assertThat(node.awaitMessage(id, "delivered").get("sender").asText())
                    .isEqualTo(account.address());
        }
    }

    @Test
    void ehloShouldEndATransactionAndARefusedEhloShouldNot() {
        try (SmtpTalk talk = node.login(account)) {
            talk.say("MAIL FROM:<" + account.address() + ">");
            assertThat(talk.say("EHLO").code()).isEqualTo(501);
            assertThat(talk.say("RCPT TO:<success@there.example>").code()).isEqualTo(250);
            assertThat(talk.ehlo().code()).isEqualTo(250);
            assertThat(talk.say("RCPT TO:<success@there.example>").code()).isEqualTo(503);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "SIZE=1000                           | 250 2.1.0 ",
                "SIZE=0                              | 250 2.1.0 ",
                "SIZE=2147483648                     | 552 5.3.4 A message of 2147483648 octets is too large; at most",
                "SIZE=99999999999999999999           | 552 5.3.4 ",
                "SIZE=999999999999999999999          | 501 5.5.4 ",
                "SIZE=-1                             | 501 5.5.4 ",
                "SIZE                                | 501 5.5.4 ",
                "SIZE=1 SIZE=1                       | 501 5.5.4 Parameter SIZE stands twice",
                "BODY=7BIT                           | 250 2.1.0 ",
                "body=8bitmime                       | 250 2.1.0 ",
                "BODY=BINARYMIME                     | 501 5.5.4 ",
                "SMTPUTF8                            | 550 5.6.7 No route of this service carries SMTPUTF8",
                "AUTH=<>                             | 250 2.1.0 ",
                "AUTH=a+40b                          | 250 2.1.0 ",
                "AUTH=                               | 501 5.5.4 ",
                "RET=FULL ENVID=abc+2Bd              | 250 2.1.0 ",
                "ret=hdrs                            | 250 2.1.0 ",
                "RET=SOME                            | 501 5.5.4 RET",
                "RET=FULL,HDRS                       | 501 5.5.4 RET",
                "ENVID=a+b                           | 501 5.5.4 ENVID",
                "ENVID=+0D+0A                        | 501 5.5.4 ENVID",
                "MT-PRIORITY=3                       | 555 5.5.4 MAIL parameter MT-PRIORITY",
                "NOTIFY=NEVER                        | 555 5.5.4 "
            })
    void parametersOfMailShouldBeTakenOrRefused(String parameters, String reply) {
        try (SmtpTalk talk = node.login(account)) {
            assertThat(talk.say("MAIL FROM:<" + account.address() + "> " + parameters)
                            .text())
                    .startsWith(reply.strip());
            boolean open = reply.startsWith("250");
            assertThat(talk.say("RCPT TO:<success@there.example>").code()).isEqualTo(open ? 250 : 503);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "NOTIFY=SUCCESS,FAILURE,DELAY                    | 250 2.1.5 ",
                "notify=never                                    | 250 2.1.5 ",
                "NOTIFY=NEVER,SUCCESS                            | 501 5.5.4 NOTIFY",
                "NOTIFY=SUCCESS,                                 | 501 5.5.4 NOTIFY",
                "NOTIFY=SOMETIMES                                | 501 5.5.4 NOTIFY",
                "NOTIFY=                                         | 501 5.5.4 ",
                "ORCPT=rfc822;bob+2Btag@there.example            | 250 2.1.5 ",
                "ORCPT=RFC822;bob@there.example                  | 250 2.1.5 ",
                "ORCPT=x400;/c=xx/a=400net/                      | 501 5.5.4 ",
                "ORCPT=x400;/c+3Dxx/a+3D400net/                  | 250 2.1.5 ",
                "ORCPT=bob@there.example                         | 501 5.5.4 ORCPT",
                "ORCPT=rfc822;bob+2                              | 501 5.5.4 ORCPT",
                "ORCPT=rfc822;a+0D+0ABcc:+20x                    | 501 5.5.4 ORCPT",
                "SIZE=1                                          | 555 5.5.4 RCPT parameter SIZE",
                "NOTIFY=NEVER NOTIFY=NEVER                       | 501 5.5.4 Parameter NOTIFY stands twice"
            })
    void parametersOfRcptShouldBeTakenOrRefused(String parameters, String reply) {
        try (SmtpTalk talk = node.login(account)) {
            talk.say("MAIL FROM:<" + account.address() + ">");
            assertThat(talk.say("RCPT TO:<success@there.example> " + parameters).text())
                    .startsWith(reply.strip());
            assertThat(talk.say("RCPT TO:<success@there.example> ORCPT=rfc822;" + "x".repeat(500))
                            .code())
                    .isEqualTo(501);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "success+unlike\u00fc@there.example",
                "success@there.example> SIZE=1",
                "success@there.example\nRCPT TO:<other@there.example",
                "success@there.example, other@there.example",
                "success@[192.0.2.1]",
                "success@[IPv6:2001:db8::1]",
                "success@192.0.2.1",
                "success",
                "postmaster",
                ""
            })
    void whatIsNoRecipientShouldBeRefusedOnSubmissionToo(String recipient) {
        try (SmtpTalk talk = node.login(account)) {
            talk.say("MAIL FROM:<" + account.address() + ">");
            assertThat(talk.say("RCPT TO:<" + recipient + ">").code()).isBetween(500, 599);
        }
    }

    @Test
    void addressesShouldArriveInTheirShortestFormWithALabels() {
        try (SmtpTalk talk = node.login(account)) {
            talk.say("MAIL FROM:<" + account.address() + ">");
            assertThat(talk.say("RCPT TO:<@a.example,@b.example:success@THERE.example.>")
                            .text())
                    .isEqualTo("250 2.1.5 Recipient <success@there.example> OK");
            assertThat(talk.say("RCPT TO:<\"success\"@b\u00c3\u00bccher.example>")
                            .text())
                    .isEqualTo("250 2.1.5 Recipient <success@xn--bcher-kva.example> OK");
            assertThat(talk.say("RCPT TO:<\"success+a b\"@there.example>").text())
                    .isEqualTo("250 2.1.5 Recipient <\"success+a b\"@there.example> OK");
            String id =
                    talk.data(Mails.simple(account.address(), "Odd addresses")).queuedId();
            assertThat(Node.texts(node.awaitMessage(id, "delivered").get("deliveries"), "recipient"))
                    .containsExactlyInAnyOrder(
                            "success@there.example", "success@xn--bcher-kva.example", "\"success+a b\"@there.example");
        }
    }

    @Test
    void noReplyShouldBeLongerThan512OctetsOrQuoteControlCharacters() {
        try (SmtpTalk talk = node.login(account)) {
            String x = "x".repeat(400);
            for (String line : List.of(
                    "MAIL FROM:<" + account.address() + "> " + x + "=" + x,
                    "MAIL FROM:<" + x + "@" + x + ">",
                    "MAIL FROM:<app@" + "x".repeat(60) + "." + "y".repeat(60) + ".example>",
                    "MAIL FROM:<\u0007@there.example>",
                    "EHLO " + "x".repeat(300),
                    x)) {
                assertThat(talk.say(line).lines())
                        .allSatisfy(reply ->
                                assertThat(reply).hasSizeLessThanOrEqualTo(510).matches("[ -~]+"));
            }
        }
    }
}
