package io.postrider.dispatch.mailet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import io.postrider.delivery.SevenBitHops;
import io.postrider.fixture.Mails;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;
import org.junit.jupiter.api.Test;

class ToSevenBitTest {
    private static final EmailAddress BOB = EmailAddress.parse("bob@example.net");
    private static final Hop OLD = new Hop.ViaRelay("old");
    private static final Hop NEW = new Hop.ViaRelay("new");
    private static final String EIGHT_BIT = "Subject: x¤¤\u00fc¤";

    private final SevenBitHops hops = new SevenBitHops(Clock.systemUTC(), Duration.ofHours(1));

    private String sent(String message, String longLines, Hop... way) throws MessagingException {
        MailImpl mail = Mails.mail(message, BOB.toString());
        MailAttributes.ROUTES.set(mail, Map.of(BOB, List.of(way)));
        ToSevenBit mailet = new ToSevenBit(hops);
        mailet.init(Mails.parameters(Map.of("longLines", longLines)));
        mailet.service(mail);
        return new String(Messages.bytesOf(mail), StandardCharsets.ISO_8859_1);
    }

    @Test
    void eightBitContentShouldStayWhereNothingIsKnownOfTheHop() throws MessagingException {
        assertThat(sent(EIGHT_BIT, "keep", NEW)).isEqualTo("Subject: x\r\n\r\n\u00fc\r\n");
    }

    @Test
    void eightBitContentShouldBeEncodedWhenAnyHopOfTheWayTakesNone() throws MessagingException {
        hops.found(OLD, BOB);

        assertThat(sent(EIGHT_BIT, "keep", NEW, OLD))
                .contains("Content-Transfer-Encoding: quoted-printable\r\n\r\n=FC\r\n");
    }

    @Test
    void sevenBitContentShouldStayAsItIs() throws MessagingException {
        hops.found(OLD, BOB);

        assertThat(sent("Subject: x¤¤u¤", "keep", OLD)).isEqualTo("Subject: x\r\n\r\nu\r\n");
    }

    @Test
    void longLinesShouldBeEncodedWhenThatIsWanted() throws MessagingException {
        String message = "Subject: x¤¤" + "x".repeat(999) + "¤";

        assertThat(sent(message, "keep", NEW)).contains("x".repeat(999));
        assertThat(sent(message, "encode", NEW)).contains("quoted-printable").doesNotContain("x".repeat(100));
    }

    @Test
    void anotherWordForLongLinesShouldStopTheStart() {
        assertThatThrownBy(() -> sent(EIGHT_BIT, "fold", NEW))
                .hasMessage("ToSevenBit: longLines: 'fold' (expected: keep or encode)");
    }
}
