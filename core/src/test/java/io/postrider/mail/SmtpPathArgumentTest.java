package io.postrider.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.postrider.mail.SmtpPathArgument.Command;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmtpPathArgumentTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "TO:<bob@example.com>                      | bob@example.com",
                "to: <Bob@EXAMPLE.com>                     | Bob@example.com",
                "TO:<bob@example.com.>                     | bob@example.com",
                "TO:<\"b b\"@example.com>                  | \"b b\"@example.com",
                "TO:<\"bob\"@example.com>                  | bob@example.com",
                "TO:<\"b\\o\\b\"@example.com>              | bob@example.com",
                "TO:<\"a@b>c\"@example.com>                | \"a@b>c\"@example.com",
                "TO:<\"a\\\"b\\\\\"@example.com>           | \"a\\\"b\\\\\"@example.com",
                "TO:<bob@[192.0.2.1]>                      | bob@[192.0.2.1]",
                "TO:<bob@[IPv6:2001:DB8::1]>               | bob@[ipv6:2001:db8::1]",
                "TO:<bob@[IPv6:::ffff:192.0.2.1]>          | bob@[ipv6:::ffff:192.0.2.1]",
                "TO:<@a.example,@b.example:bob@example.com> | bob@example.com",
                "TO:<@[192.0.2.1]:bob@example.com>         | bob@example.com",
                "TO:<b+x=y'z@under_score.example>          | b+x=y'z@under_score.example",
                "TO:<bob%victim.example@example.com>       | bob%victim.example@example.com",
                "TO:<victim.example!bob@example.com>       | victim.example!bob@example.com",
                "TO:<bob@bücher.example>                   | bob@xn--bcher-kva.example",
                "TO:<bob@BÜCHER.Example>                   | bob@xn--bcher-kva.example",
                "TO:<bob@localhost>                        | bob@localhost"
            })
    void aMailboxShouldBeReadInItsShortestForm(String argument, String address) {
        assertThat(parse(argument).path()).isInstanceOfSatisfying(SmtpPath.Mailbox.class, mailbox -> {
            assertThat(mailbox.address()).hasToString(address);
            assertThat(mailbox.sourceRouted()).isEqualTo(argument.contains("<@"));
        });
    }

    @Test
    void theNullPathAndPostmasterShouldBeKnown() {
        assertThat(SmtpPathArgument.parse(Command.MAIL, "FROM:<>").path()).isEqualTo(new SmtpPath.Null());
        assertThat(parse("TO:<PostMaster>").path()).isEqualTo(new SmtpPath.Postmaster());
        assertThat(parse("TO:<\"postmaster\">").path()).isEqualTo(new SmtpPath.Postmaster());
        assertThat(parse("TO:<postmaster@example.com>").path()).isInstanceOf(SmtpPath.Mailbox.class);
        assertThat(refusal(Command.MAIL, "FROM:<postmaster>")).startsWith("553 5.1.7 ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                                        | 501 5.5.4 Syntax: RCPT TO:<",
                "FROM:<bob@example.com>                    | 501 5.5.4 Syntax: RCPT TO:<",
                "TO <bob@example.com>                      | 501 5.5.4 Syntax: RCPT TO:<",
                "TO:bob@example.com                        | 501 5.5.4 No angle bracket behind TO:",
                "TO:                                       | 501 5.5.4 No angle bracket behind TO:",
                "TO:<bob@example.com>,<eve@example.com>    | 501 5.5.4 Something follows",
                "TO:<bob@example.com>>                     | 501 5.5.4 Something follows",
                "TO:<bob@example.com>SIZE=1                | 501 5.5.4 Something follows",
                "TO:<bob@example.com,eve@example.com>      | 553 5.1.3 ",
                "TO:<bob@example.com                       | 553 5.1.3 ",
                "TO:< bob@example.com>                     | 553 5.1.3 ",
                "TO:<bob@example.com >                     | 553 5.1.3 ",
                "TO:<b b@example.com>                      | 553 5.1.3 ",
                "TO:<<bob@example.com>>                    | 553 5.1.3 ",
                "TO:<Bob <bob@example.com>>                | 553 5.1.3 ",
                "TO:<bob>                                  | 553 5.1.3 The address of the recipient cannot be used: no domain",
                "TO:<\"bob@example.com\">                  | 553 5.1.3 The address of the recipient cannot be used: no domain",
                "TO:<@example.com>                         | 553 5.1.3 ",
                "TO:<@>                                    | 553 5.1.3 ",
                "TO:<bob@>                                 | 553 5.1.3 ",
                "TO:<bob@.>                                | 553 5.1.3 ",
                "TO:<bob@example..com>                     | 553 5.1.3 ",
                "TO:<bob@example.com..>                    | 553 5.1.3 ",
                "TO:<bob@-example.com>                     | 553 5.1.3 ",
                "TO:<.bob@example.com>                     | 553 5.1.3 ",
                "TO:<bob.@example.com>                     | 553 5.1.3 ",
                "TO:<b..b@example.com>                     | 553 5.1.3 ",
                "TO:<b\\ob@example.com>                    | 553 5.1.3 ",
                "TO:<b(x)@example.com>                     | 553 5.1.3 ",
                "TO:<\"\"@example.com>                     | 553 5.1.3 ",
                "TO:<\"bob@example.com>                    | 553 5.1.3 ",
                "TO:<bob@evil@example.com>                 | 553 5.1.3 ",
                "TO:<bob@192.0.2.1>                        | 553 5.1.3 ",
                "TO:<bob@[192.0.2.256]>                    | 553 5.1.3 ",
                "TO:<bob@[192.0.2]>                        | 553 5.1.3 ",
                "TO:<bob@[192.0.2.1.]>                     | 553 5.1.3 ",
                "TO:<bob@[192.0.02.1]>                     | 553 5.1.3 ",
                "TO:<bob@[2001:db8::1]>                    | 553 5.1.3 ",
                "TO:<bob@[IPv6:2001::db8::1]>              | 553 5.1.3 ",
                "TO:<bob@[IPv6:fe80::1%eth0]>              | 553 5.1.3 ",
                "TO:<bob@[x-tag:content]>                  | 553 5.1.3 ",
                "TO:<bob@[192.0.2.1>                       | 553 5.1.3 ",
                "TO:<@a.example bob@example.com>           | 553 5.1.3 ",
                "TO:<@a.example,b.example:bob@example.com> | 553 5.1.3 ",
                "TO:<@a b:bob@example.com>                 | 553 5.1.3 ",
                "TO:<bob@stra\u00dfe.example>              | 553 5.1.3 ",
                "TO:<bob@a\u200db.example>                 | 553 5.1.3 ",
                "TO:<bob@b\u00fc\u3002cher.example>        | 553 5.1.3 ",
                "TO:<bob@\ufffd\ufffd.example>             | 553 5.1.3 ",
                "TO:<b\u00f6b@example.com>                 | 553 5.6.7 ",
                "TO:<\"b\u00f6b\"@example.com>             | 553 5.6.7 "
            })
    void whatIsNoMailboxShouldBeRefusedWithWhatToDo(String argument, String replyStart) {
        assertThat(refusal(Command.RCPT, argument))
                .startsWith(replyStart.strip())
                .matches("[ -~]+");
    }

    @Test
    void lengthsShouldBeHeldAgainstTheLimitsOfRfc5321() {
        String local = "l".repeat(64);
        String domain = ("d".repeat(61) + ".").repeat(3) + "e";
        assertThat(local.length() + 1 + domain.length()).isEqualTo(252);
        assertThat(parse("TO:<" + local + "@" + domain + "ee>").path()).isInstanceOf(SmtpPath.Mailbox.class);

        assertThat(refusal(Command.RCPT, "TO:<l" + local + "@example.com>")).startsWith("501 5.1.3 The local part");
        assertThat(refusal(Command.MAIL, "FROM:<l" + local + "@example.com>")).startsWith("501 5.1.7 The local part");
        assertThat(refusal(Command.RCPT, "TO:<" + local + "@" + domain + "eee>"))
                .startsWith("501 5.1.3 The address");
        assertThat(refusal(Command.RCPT, "TO:<bob@" + "d.".repeat(128) + "e>")).startsWith("501 5.1.3 The domain");
        assertThat(refusal(Command.RCPT, "TO:<bob@" + "ü".repeat(60) + ".example>"))
                .startsWith("553 5.1.3 ");
    }

    @Test
    void parametersShouldBeReadByNameInUpperCase() {
        assertThat(parse("TO:<bob@example.com>  notify=SUCCESS,DELAY  ORCPT=rfc822;b+2Bx@example.com ")
                        .parameters())
                .containsExactly(Map.entry("NOTIFY", "SUCCESS,DELAY"), Map.entry("ORCPT", "rfc822;b+2Bx@example.com"));
        assertThat(parse("TO:<bob@example.com> X-FLAG").parameters()).containsExactly(Map.entry("X-FLAG", ""));
        assertThat(parse("TO:<bob@example.com> AUTH=<>").parameters()).containsExactly(Map.entry("AUTH", "<>"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"=1", "SIZE=", "SIZE=1=2", "SI_ZE=1", "-SIZE=1", "SIZE=\u00e4", "SIZE=1 size=2", "<x>"})
    void aParameterThatCannotBeReadOrStandsTwiceShouldBeRefused(String parameters) {
        assertThat(refusal(Command.MAIL, "FROM:<bob@example.com> " + parameters))
                .startsWith("501 5.5.4 Parameter");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r", "\n", "\0", "\t", "\u007f", "\u001b"})
    void controlCharactersShouldBeRefusedWhereverTheyStand(String control) {
        for (String argument : new String[] {
            "TO:<bob@example.com>" + control,
            "TO:<b" + control + "b@example.com>",
            "TO:<\"" + control + "\"@example.com>"
        }) {
            assertThat(refusal(Command.RCPT, argument)).startsWith("501 5.5.2 Control characters");
        }
    }

    @Test
    void anyTextShouldBeReadOrRefused() {
        Random random = new Random(4);
        String[] pieces = {
            "TO:",
            "<",
            ">",
            "@",
            "\"",
            "\\",
            "[",
            "]",
            "IPv6:",
            "::",
            ".",
            ",",
            ":",
            " ",
            "=",
            "bob",
            "example",
            "com",
            "\u00fc",
            "\ufffd",
            "\0",
            "SIZE",
            "%",
            "!",
            "192.0.2.1",
            "xn--",
            "\ud800"
        };
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder(random.nextInt(4) > 0 ? "TO:<" : "");
            for (int n = random.nextInt(10); n >= 0; n--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            String argument = text.toString();
            assertThatCode(() -> {
                        try {
                            parse(argument);
                        } catch (SmtpSyntaxException e) {
                            assertThat(e.reply().toString()).matches("5\\d\\d 5\\.\\d\\.\\d [ -~]{10,400}");
                        }
                    })
                    .as(argument)
                    .doesNotThrowAnyException();
        }
    }

    private static SmtpPathArgument parse(String argument) {
        return SmtpPathArgument.parse(Command.RCPT, argument);
    }

    private static String refusal(Command command, String argument) {
        return catchThrowableOfType(SmtpSyntaxException.class, () -> SmtpPathArgument.parse(command, argument))
                .reply()
                .toString();
    }
}
