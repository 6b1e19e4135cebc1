package io.postrider.dispatch.mailet;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import io.postrider.delivery.SevenBitHops;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.RawMessage;
import io.postrider.mail.SevenBit;
import io.postrider.route.Hop;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encodes 8-bit content of mail that goes to a hop which is known to take none (no 8BITMIME), before it is signed. Goes behind {@code Route} and before
 * {@code DkimSign}. What a signature of the sender covers ({@code multipart/signed}) stays as it is.
 *
 * <pre>{@code
 * <mailet match="All" class="io.postrider.dispatch.mailet.ToSevenBit">
 *   <longLines>encode</longLines> <!-- lines over 998 bytes too, whatever the hop, since servers fold them and break the signature; keep by default -->
 * </mailet>
 * }</pre>
 */
public final class ToSevenBit extends GenericMailet {
    private static final Logger LOGGER = LoggerFactory.getLogger(ToSevenBit.class);

    private final SevenBitHops hops;
    private boolean encodesLongLines;

    @Inject
    ToSevenBit(SevenBitHops hops) {
        this.hops = hops;
    }

    @Override
    public void init() throws MessagingException {
        checkInitParameters(Set.of("longLines"));
        String text = getInitParameter("longLines", "keep");
        if (!text.equals("keep") && !text.equals("encode")) {
            throw new MessagingException("ToSevenBit: longLines: '" + text + "' (expected: keep or encode)");
        }
        encodesLongLines = text.equals("encode");
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        RawMessage message = Messages.rawOf(mail);
        boolean wanted = goesToSevenBitHop(mail) && SevenBit.hasEightBit(message)
                || encodesLongLines && SevenBit.hasLongLines(message);
        if (!wanted) {
            return;
        }
        RawMessage encoded = SevenBit.of(message);
        Messages.replace(mail, encoded.toBytes());
        if (SevenBit.hasEightBit(encoded)) {
            LOGGER.info(
                    "mail {} keeps 8-bit bytes that must not be encoded (signed parts, structured fields)",
                    mail.getName());
        }
    }

    private boolean goesToSevenBitHop(Mail mail) throws MessagingException {
        Map<EmailAddress, List<Hop>> routes = MailAttributes.ROUTES.require(mail);
        for (EmailAddress recipient : Addresses.of(mail.getRecipients())) {
            for (Hop hop : routes.getOrDefault(recipient, List.of())) {
                if (hops.knownSince(hop, recipient).isPresent()) {
                    return true;
                }
            }
        }
        return false;
    }
}
