package io.postrider.submission.mailet;

import static io.postrider.fixture.Mails.ID;
import static io.postrider.fixture.Mails.mail;
import static io.postrider.fixture.Mails.parameters;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import java.util.Map;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StampTest {
    private final Stamp stamp = new Stamp();

    @BeforeEach
    void init() throws MessagingException {
        stamp.init(parameters(Map.of()));
    }

    @Test
    void stampShouldAddWhatIsAbsentBelowTheOtherFields() throws Exception {
        assertThat(stamped("Received: from x¤From: Alice <alice@example.com>¤Subject: caf\u00e9¤¤Hello¤"))
                .isEqualTo("Received: from x¤From: Alice <alice@example.com>¤Subject: caf\u00e9¤"
                        + "Date: Wed, 25 Nov 2026 10:00:00 +0000¤Message-ID: <" + ID + "@example.com>¤X-Postrider-Id: "
                        + ID
                        + "¤¤Hello¤");
    }

    @Test
    void stampShouldLeaveWhatIsThere() throws Exception {
        String head = "From: a@example.com¤date: Tue, 24 Nov 2026 10:00:00 +0100¤MESSAGE-ID: <1@example.com>¤";

        assertThat(stamped(head + "¤x¤")).isEqualTo(head + "X-Postrider-Id: " + ID + "¤¤x¤");
    }

    @Test
    void stampShouldTakeAwayWhatMustNotLeave() throws Exception {
        String stamped = stamped(
                "Return-Path: <eve@evil.example>¤From: a@example.com¤Date: x¤Message-ID: <1@x>¤Bcc: secret@example.org,¤"
                        + " other@example.org¤bcc: c@example.org¤Resent-Bcc: d@example.org¤X-Postrider-Id: forged¤x-postrider-Other: forged¤¤x¤");

        assertThat(stamped).isEqualTo("From: a@example.com¤Date: x¤Message-ID: <1@x>¤X-Postrider-Id: " + ID + "¤¤x¤");
    }

    @ParameterizedTest
    @CsvSource({"From: a@second.example¤, @second.example>", "From: unreadable¤, @example.com>", "X: 1¤, @example.com>"
    })
    void messageIdShouldCarryADomainOfTheSender(String from, String end) throws Exception {
        assertThat(stamped(from + "¤x")).contains("Message-ID: <" + ID + end);
    }

    @Test
    void messageIdShouldBeMadeEvenWithoutAnySender() throws Exception {
        MailImpl mail = mail("X: 1¤¤x", "bob@example.org");
        mail.setSender(null);
        stamp.service(mail);

        assertThat(text(mail)).contains("Message-ID: <" + ID + "@postrider.invalid>");
    }

    @Test
    void stampShouldMakeAllLineEndsCrlf() throws Exception {
        assertThat(stamped("From: a@example.com\nSubject: x\n\na\nb\rc"))
                .startsWith("From: a@example.com¤Subject: x¤")
                .endsWith("¤¤a¤b¤c¤");
    }

    @Test
    void stampingTwiceShouldBeTheSameAsOnce() throws Exception {
        MailImpl mail = mail("From: a@example.com¤Bcc: x@example.org¤¤x", "bob@example.org");
        stamp.service(mail);
        String once = text(mail);
        stamp.service(mail);

        assertThat(text(mail)).isEqualTo(once);
    }

    @Test
    void serviceShouldFailWithoutTheIdOfTheMessage() throws Exception {
        MailImpl mail = mail("From: a@example.com¤¤x", "bob@example.org");
        MailAttributes.MESSAGE_ID.remove(mail);

        assertThatThrownBy(() -> stamp.service(mail)).hasMessageContaining("postrider.messageId");
    }

    @Test
    void initShouldRefuseAnUnknownParameter() {
        assertThatThrownBy(() -> new Stamp().init(parameters(Map.of("mesageId", "x"))))
                .isInstanceOf(MessagingException.class)
                .hasMessageContaining("mesageId");
    }

    private String stamped(String message) throws Exception {
        MailImpl mail = mail(message, "bob@example.org");
        stamp.service(mail);
        return text(mail);
    }

    private static String text(MailImpl mail) throws MessagingException {
        return new String(Messages.bytesOf(mail), ISO_8859_1).replace("\r\n", "¤");
    }
}
