package io.postrider.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.AcceptedMessage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.mail.MessagingException;
import org.junit.jupiter.api.Test;

class MailParcelTest {
    private static final byte[] CONTENT =
            "From: alice@sender.example\r\n\r\nbody\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final EmailAddress ALICE = EmailAddress.parse("alice@sender.example");
    private static final EmailAddress BOB = EmailAddress.parse("bob@example.com");
    private static final EmailAddress CAROL = EmailAddress.parse("carol@example.com");

    private MailParcel accepted() throws MessagingException {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        AcceptedMessage message = new AcceptedMessage(
                MessageId.at(now, new Random(1)),
                "default",
                "transactional",
                "app",
                Optional.of(ALICE),
                "hello",
                CONTENT.length,
                now,
                List.of(BOB, CAROL));
        return MailParcel.read(AcceptedMail.encode(message, CONTENT));
    }

    @Test
    void anEntryShouldKeepHowOftenItWasPostponed() throws Exception {
        MailParcel parcel = accepted();
        assertThat(parcel.postponements()).isZero();

        MailParcel postponed = MailParcel.read(parcel.serialise(List.of(CAROL), 3));
        assertThat(postponed.postponements()).isEqualTo(3);
        assertThat(postponed.content()).isEqualTo(CONTENT);
        assertThat(postponed.accepted(List.of(CAROL)).sender()).contains(ALICE);
    }

    @Test
    void anEntryThatIsWrittenForAnotherReasonShouldBeginAnew() throws Exception {
        MailParcel postponed = MailParcel.read(accepted().serialise(List.of(CAROL), 3));

        assertThat(MailParcel.read(postponed.serialise(List.of(CAROL))).postponements())
                .isZero();
    }
}
