package io.postrider.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.RawMessage;
import io.postrider.mail.SmtpReply;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageRulesTest {
    private final MessageRules rules = new MessageRules(new MessageLimits(20_000, 60, 50));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "From: a@example.com",
                "From:a@example.com",
                "From: a@example.com¤To: b@example.com,¤ c@example.com¤X-A: 1¤X-A: 2¤Comments: 1¤Comments: 2",
                "Received: x¤Received: y¤From: a@example.com¤Subject: \u00fc in UTF-8",
                "From: a@example.com¤Subject:¤\tfolded at once",
                "From: a@example.com¤!#$: an odd name"
            })
    void aMessageOfRfc5322ShouldBeTaken(String header) {
        assertThat(refusal(header + "¤¤hello¤")).isEmpty();
        assertThat(refusal(header + "¤")).as("without a body").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "From",
                "Sender",
                "Reply-To",
                "To",
                "Cc",
                "Bcc",
                "Subject",
                "Date",
                "Message-ID",
                "In-Reply-To",
                "References",
                "MIME-Version",
                "Content-Type",
                "Content-Transfer-Encoding"
            })
    void aFieldThatMayStandOnceShouldBeNamedWhenItStandsTwice(String name) {
        String other = name.toUpperCase(java.util.Locale.ROOT);
        assertThat(refusal("From: a@example.com¤" + name + ": x¤X: y¤" + other + ": z¤¤hello¤"))
                .hasValueSatisfying(reply -> assertThat(reply.toString())
                        .matches("554 5\\.6\\.0 [23] " + name + " fields; send one \\(RFC 5322, section 3\\.6\\)"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X: 1¤¤hello                               | No From field",
                "¤From: a@example.com¤¤hello               | No From field",
                "From: a@example.com¤no colon here¤¤hello  | line 'no colon here' is no field",
                "From: a@example.com¤Bad Name: x¤¤hello    | line 'Bad Name: x' is no field",
                "From a@example.com Wed Nov 25¤From: a@example.com¤¤hello | is no field",
                "From: a@example.com¤: x¤¤hello            | line ': x' is no field",
                "From: a@example.com¤\u00fc: x¤¤hello      | is no field",
                "From : a@example.com¤¤hello               | blank before the colon of 'From'",
                "From: a@example.com¤X\t: x¤¤hello         | blank before the colon of 'X'",
                "From: a@example.com¤X: a§b¤¤hello         | bare CR",
                "From: a@example.com¤X: a¶b: c¤¤hello      | bare LF",
                "From: a@example.com¶¤hello                | bare LF",
                "From: a@example.com¤X: a\u0000b¤¤hello    | control character 0",
                "From: a@example.com¤X: a\u001bb¤¤hello    | control character 27",
                "From: a@example.com¤X: a\u007fb¤¤hello    | control character 127",
                "From: a@example.com¤\t¤X: y¤¤hello        | a line of blanks only",
            })
    void whatReadersMaySeeDifferentlyShouldBeRefused(String message, String fault) {
        assertThat(refusal(message + "¤"))
                .hasValueSatisfying(reply -> assertThat(reply.toString())
                        .startsWith("554 5.6.0 ")
                        .contains(fault)
                        .matches("[ -~]{1,400}"));
    }

    @Test
    void aLeadingBlankShouldBeRefused() {
        assertThat(refusal(" folded¤From: a@example.com¤¤hello¤")).isPresent();
    }

    @Test
    void aDefectOfTheBodyShouldBeNoneOfTheHeader() {
        assertThat(refusal("From: a@example.com¤¤a§b¶c\0d¤")).isEmpty();
    }

    @Test
    void aHeaderOfTenMegabytesOrFiftyThousandFieldsShouldBeRefused() {
        assertThat(refusal("From: a@example.com¤X: " + "y".repeat(10_000_000) + "¤¤hello¤"))
                .hasValueSatisfying(reply ->
                        assertThat(reply.toString()).startsWith("552 5.3.4 ").contains("smtp.maxHeaderSize"));
        MessageRules wide = new MessageRules(new MessageLimits(10_000_000, 1000, 50));
        assertThat(wide.refusal(message("From: a@example.com¤" + "X: y¤".repeat(50_000) + "¤hello¤")))
                .hasValueSatisfying(reply -> assertThat(reply.toString())
                        .isEqualTo("552 5.3.4 The header section has too many fields; at most 1000 are taken"
                                + " (smtp.maxHeaderFields)"));
        assertThat(wide.refusal(message("From: a@example.com¤" + "X: y¤".repeat(999) + "¤hello¤")))
                .isEmpty();
    }

    @Test
    void aMessageThatGoesRoundInCirclesShouldBeRefused() {
        String header = "From: a@example.com¤¤hello¤";
        assertThat(refusal("Received: x¤".repeat(50) + header)).isEmpty();
        assertThat(refusal("received: x¤".repeat(51) + header))
                .hasValueSatisfying(reply ->
                        assertThat(reply.toString()).startsWith("554 5.4.6 ").contains("51"));
    }

    @Test
    void anyBytesShouldBeJudged() {
        Random random = new Random(5);
        String pieces = "FromX:  \t\r\n\r\n@a\0\u001b\u00e9";
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            for (int n = 0; n < bytes.length; n++) {
                bytes[n] = (byte) pieces.charAt(random.nextInt(pieces.length()));
            }
            rules.refusal(RawMessage.parse(bytes))
                    .ifPresent(reply -> assertThat(reply.text()).matches("[ -~]{1,400}"));
        }
    }

    private Optional<SmtpReply> refusal(String text) {
        return rules.refusal(message(text));
    }

    private static RawMessage message(String text) {
        return RawMessage.parse(
                text.replace("¤", "\r\n").replace('§', '\r').replace('¶', '\n').getBytes(StandardCharsets.UTF_8));
    }
}
