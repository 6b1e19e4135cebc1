package io.postrider.submission.mailet;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import io.postrider.mail.Author;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.HeaderField;
import io.postrider.mail.MessageId;
import io.postrider.mail.RawMessage;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.mail.MessagingException;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;

/**
 * Gives a message what a submission server adds (<a href="https://datatracker.ietf.org/doc/html/rfc6409#section-8">RFC 6409, section 8</a>):
 * Message-ID and Date when they are absent, and {@code X-Postrider-Id} with our id. Takes away Bcc, Return-Path, and fields that claim to be
 * ours. Ends each line of the body in CRLF, so that what is signed later is what any relay sends on. Works on bytes, not through JavaMail;
 * stamping twice is the same as once.
 *
 * <pre>{@code <mailet match="All" class="io.postrider.submission.mailet.Stamp"/>}</pre>
 */
public final class Stamp extends GenericMailet {
    private static final String OUR_PREFIX = "x-postrider-";
    private static final List<String> UNWANTED = List.of("Bcc", "Resent-Bcc", "Return-Path");
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    /** Only of use in a mail that the sender policy refuses next: RFC 6761 keeps this domain from ever existing. */
    private static final String NO_DOMAIN = "postrider.invalid";

    @Override
    public void init() throws MessagingException {
        checkInitParameters(Set.of());
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        MessageId id = MailAttributes.MESSAGE_ID.require(mail);
        RawMessage message = Messages.rawOf(mail).withCrlfBody();
        StringBuilder added = new StringBuilder();
        if (message.first("Date").isEmpty()) {
            added.append("Date: ").append(DATE.format(id.time())).append("\r\n");
        }
        if (message.first("Message-ID").isEmpty()) {
            added.append("Message-ID: <" + id + "@" + senderDomain(mail, message) + ">\r\n");
        }
        added.append("X-Postrider-Id: ").append(id).append("\r\n");
        Messages.replace(mail, message.withoutFields(unwanted(message)).append(added.toString()));
    }

    private static String[] unwanted(RawMessage message) {
        List<String> names = new ArrayList<>(UNWANTED);
        for (HeaderField field : message.fields()) {
            if (field.name().regionMatches(true, 0, OUR_PREFIX, 0, OUR_PREFIX.length())) {
                names.add(field.name());
            }
        }
        return names.toArray(String[]::new);
    }

    private static String senderDomain(Mail mail, RawMessage message) {
        return Author.of(message)
                .or(() -> Addresses.of(mail.getMaybeSender()))
                .map(EmailAddress::domain)
                .orElse(NO_DOMAIN);
    }
}
