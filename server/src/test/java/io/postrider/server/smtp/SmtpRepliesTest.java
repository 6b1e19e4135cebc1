package io.postrider.server.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.SMTPResponse;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.HookReturnCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmtpRepliesTest {
    @Test
    void aReplyShouldHaveTheCodeAndTheTextGiven() {
        HookResult result = SmtpReplies.deny("550", "5.7.1 no");

        assertThat(result.getResult()).isEqualTo(HookReturnCode.deny());
        assertThat(result.getSmtpRetCode()).isEqualTo("550");
        assertThat(result.getSmtpDescription()).isEqualTo("5.7.1 no");
        assertThat(SmtpReplies.denySoft("451", "4.3.0 later").getResult()).isEqualTo(HookReturnCode.denySoft());
        assertThat(SmtpReplies.ok("250", "2.6.0 ok").getResult()).isEqualTo(HookReturnCode.ok());
    }

    @Test
    void textThatQuotesTheClientShouldNotMakeAnotherLine() {
        assertThat(SmtpReplies.deny("553", "5.1.3 'a\r\n250 ok\u00e9\t'").getSmtpDescription())
                .isEqualTo("5.1.3 'a??250 ok??'");
    }

    @Test
    void aReplyLineShouldFitInto512Octets() {
        String text = SmtpReplies.deny("550", "5.7.1 " + "x".repeat(2000)).getSmtpDescription();

        assertThat(("550 " + text + "\r\n").length()).isLessThanOrEqualTo(512);
        assertThat(text).startsWith("5.7.1 xxx");
    }

    @ParameterizedTest
    @CsvSource({
        "554, Email rejected, 554 5.0.0 Email rejected",
        "451, Later, 451 4.0.0 Later",
        "250, 2.1.0 OK, 250 2.1.0 OK",
        "250, , 250 2.0.0",
        "354, Go on, 354 Go on",
        "334, UGFzc3dvcmQ6, 334 UGFzc3dvcmQ6"
    })
    void aReplyShouldGetTheEnhancedCodeThatItLacks(String code, String text, String expected) {
        SMTPResponse reply = new SMTPResponse(code, text == null ? "" : text);
        reply.setEndSession(true);

        Response complete = SmtpReplies.withEnhancedCode(reply);

        assertThat(complete.getLines().get(0).toString().strip()).isEqualTo(expected);
        assertThat(complete.isEndSession()).isTrue();
    }
}
