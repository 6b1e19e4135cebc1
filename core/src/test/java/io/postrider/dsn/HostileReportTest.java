package io.postrider.dsn;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.dsn.DeliveryReport.Action;
import io.postrider.dsn.EnvelopeRequest.Returned;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.MessageId;
import io.postrider.mail.RawMessage;
import io.postrider.mail.SmtpReply;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What peers and submitters may put into a report. */
class HostileReportTest {
    private static final int MAX_HEADER = 1000;
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final MessageId ID = MessageId.at(NOW, new Random(1));
    private static final String BOUNDARY = "--=_report-" + ID;
    private static final String SMALL = "From: app@example.com\r\nSubject: hello\r\n";

    @Test
    void nothingThatAPeerSaysShouldBeginALine() {
        String evil = "5.1.1 no\r\nBcc: evil@example.org\r\n\r\n" + BOUNDARY + "\r\nX-\u00e9\u0007" + "A".repeat(5000);

        String report = report(SMALL + "\r\nbody\r\n", Returned.HDRS, new SmtpReply(550, evil));

        List<String> lines = Arrays.asList(report.split("\r\n", -1));
        assertThat(lines).noneMatch(line -> line.startsWith("Bcc:")).allMatch(line -> line.length() <= 998);
        assertThat(lines.stream().filter(line -> line.startsWith(BOUNDARY))).hasSize(4);
        assertThat(report.chars()).allMatch(c -> c == '\t' || c == '\r' || c == '\n' || c >= 32 && c < 127);
        assertThat(report).contains("Diagnostic-Code: smtp; 550 5.1.1 no?Bcc: evil@example.org?");
    }

    @Test
    void aHeaderThatIsGivenBackAloneShouldBeBounded() {
        String header = SMALL + "X-Large: " + "x".repeat(2 * MAX_HEADER) + "\r\nX-Last: here\r\n"
                + ("X-Many: " + "y".repeat(90) + "\r\n").repeat(1000);

        String report = report(header + "\r\nbody\r\n", Returned.HDRS, new SmtpReply(550, "5.1.1 no"));

        String part = report.substring(report.indexOf("Content-Type: text/rfc822-headers"));
        assertThat(part)
                .contains("Subject: hello\r\n", "X-Last: here\r\n", "X-Many: y")
                .doesNotContain("X-Large");
        assertThat(part.length()).isLessThan(MAX_HEADER + 200);
    }

    @ParameterizedTest
    @EnumSource(Returned.class)
    void anEightBitPartShouldMakeTheWholeEightBit(Returned returned) {
        String report =
                report("From: app@example.com\r\nSubject: h\u00e9\r\n\r\nbody\r\n", returned, new SmtpReply(550, "no"));

        String ownHeader = report.substring(0, report.indexOf("\r\n\r\n"));
        assertThat(ownHeader).contains("\r\nContent-Transfer-Encoding: 8bit\r\n");
        assertThat(report.substring(ownHeader.length())).containsOnlyOnce("Content-Transfer-Encoding: 8bit");
    }

    @Test
    void anAsciiReportShouldNeedNoEncoding() {
        assertThat(report(SMALL + "\r\nbody\r\n", Returned.FULL, new SmtpReply(550, "no")))
                .doesNotContain("Content-Transfer-Encoding")
                .contains("Content-Type: message/rfc822\r\n\r\n" + SMALL + "\r\nbody\r\n\r\n" + BOUNDARY + "--\r\n");
    }

    private static String report(String original, Returned returned, SmtpReply reply) {
        DeliveryReport report = new DeliveryReport(
                ID,
                "mail.example.com",
                EmailAddress.parse("mailer-daemon@example.com"),
                EmailAddress.parse("app@example.com"),
                NOW,
                NOW.minusSeconds(60),
                Optional.of("order 1"),
                EmailAddress.parse("bob@example.net"),
                Optional.of("rfc822;bob@example.org"),
                new DeliveryReport.Status(
                        Action.FAILED,
                        new EnhancedStatusCode(5, 1, 1),
                        "mx.example.net refused it: " + reply,
                        Optional.of("mx.example.net"),
                        Optional.of(reply),
                        Optional.of(NOW),
                        Optional.empty()),
                RawMessage.parse(original.getBytes(UTF_8)),
                returned,
                MAX_HEADER);
        return new String(report.toBytes(), ISO_8859_1);
    }
}
