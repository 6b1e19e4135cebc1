package io.postrider.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MailboxListTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bob@example.org",
                "<bob@example.org>",
                "Bob <bob@example.org>",
                "Bob B. Builder <bob@example.org>",
                "\"Builder, Bob\" <bob@example.org>",
                "\"a \\\" <eve@evil.example>\" <bob@example.org>",
                "=?utf-8?Q?B=C3=B6b?= <bob@example.org>",
                "Böb <bob@example.org>",
                "(a comment (nested \\) here)) Bob (x) < bob@example.org > (y)",
                "bob@example.org (Bob, <eve@evil.example>)",
                "bob@EXAMPLE.org",
                " bob@example.org\t"
            })
    void parseShouldFindTheOneAddress(String text) {
        assertThat(MailboxList.parse(text)).containsExactly(EmailAddress.parse("bob@example.org"));
    }

    @Test
    void parseShouldFailOnlyInWords() {
        Random random = new Random(4);
        String alphabet = "ab@.,:;<>()[]\\\"= ?\t\u00e9";
        int read = 0;
        for (int round = 0; round < 50_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = 1 + random.nextInt(12); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                MailboxList.parse(text.toString());
                read++;
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("expected");
            }
        }
        assertThat(read).isPositive();
    }

    @Test
    void parseShouldFindAllAddressesOfListsAndGroups() {
        assertThat(MailboxList.parse(
                        "A <a@example.org>, b@example.com,Team: C <c@example.net>, d@example.org;, \"e f\"@g.org"))
                .extracting(EmailAddress::toString)
                .containsExactly("a@example.org", "b@example.com", "c@example.net", "d@example.org", "\"e f\"@g.org");
        assertThat(MailboxList.parse("undisclosed recipients:;")).isEqualTo(List.of());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bob",
                "bob@",
                "@example.org",
                "Bob",
                "Bob bob@example.org",
                "<bob@example.org",
                "bob@example.org>",
                "<bob@example.org> eve@evil.example",
                "<bob@example.org> <eve@evil.example>",
                "bob@example.org,",
                ",bob@example.org",
                "bob@example.org eve@evil.example",
                "bob@example.org; eve@evil.example",
                "<@evil.example:bob@example.org>",
                "<bob@example.org@evil.example>",
                "bob@evil.example@example.org",
                "a . b@example.org",
                "bob@example . org",
                "\"Bob <bob@example.org>",
                "(bob@example.org",
                "Team: bob@example.org",
                "Team: a: bob@example.org;;",
                ":bob@example.org;",
                "=?utf-8?q?eve=40evil.example?=@example.org",
                "=?utf-8?q?Bob=0D=0AFrom:eve@evil.example?= <bob@example.org>",
                "böb@example.org",
                "bob@exämple.org",
                "bob@example.org\u0000",
                "Bob\u0085From: eve@evil.example <bob@example.org>",
                "Bob\u2028 <bob@example.org>",
                "bob@example..org"
            })
    void parseShouldRefuseWhatTwoReadersCouldReadDifferently(String text) {
        assertThatThrownBy(() -> MailboxList.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
