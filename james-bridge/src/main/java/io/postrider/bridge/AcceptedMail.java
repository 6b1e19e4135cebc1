package io.postrider.bridge;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.RawMessage;
import io.postrider.route.HeaderSet;
import io.postrider.trace.AcceptedMessage;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.mail.MessagingException;
import org.apache.james.core.MaybeSender;
import org.apache.james.lifecycle.api.LifecycleUtil;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Mail;

/** What was known of a message when it was accepted, as its mail carries it. */
public final class AcceptedMail {
    private static final Set<String> OF_ONE_ATTEMPT = Stream.concat(
                    Stream.of(
                            MailAttributes.ENTRY_ID,
                            MailAttributes.HELD_KEY,
                            MailAttributes.ROUTES,
                            MailAttributes.RETURN_PATH,
                            MailAttributes.RETURN_PATH_DOMAIN,
                            MailAttributes.REFUSAL),
                    Arrays.stream(HeaderSet.values()).map(MailAttributes::dkim))
            .map(MailAttribute::name)
            .collect(Collectors.toUnmodifiableSet());

    private AcceptedMail() {}

    /** Notes on the mail what is known, and names the mail after the message. */
    public static void stamp(Mail mail, AcceptedMessage message) {
        mail.setName(message.id().value());
        MailAttributes.MESSAGE_ID.set(mail, message.id());
        MailAttributes.TENANT.set(mail, message.tenant());
        MailAttributes.STREAM.set(mail, message.stream());
        MailAttributes.SUBMITTER.set(mail, message.submitter());
        MailAttributes.ACCEPTED_AT.set(mail, message.acceptedAt());
        MailAttributes.SUBJECT.set(mail, message.subject());
        MailAttributes.SIZE.set(mail, message.size());
        if (message.recipients().size() > 1) {
            MailAttributes.RECIPIENTS.set(
                    mail, message.recipients().stream().sorted().toList());
        }
    }

    /** A mail of its own, as the queue keeps it. */
    public static byte[] encode(AcceptedMessage message, byte[] content) throws MessagingException {
        MailImpl mail = MailImpl.builder()
                .name(message.id().value())
                .sender(message.sender()
                        .map(Addresses::toJames)
                        .map(MaybeSender::of)
                        .orElse(MaybeSender.nullSender()))
                .addRecipients(
                        message.recipients().stream().map(Addresses::toJames).toList())
                .state(Mail.DEFAULT)
                .build();
        try {
            Messages.replace(mail, RawMessage.parse(content));
            stamp(mail, message);
            return MailCodec.encode(mail);
        } finally {
            LifecycleUtil.dispose(mail);
        }
    }

    /** Reads what {@link #stamp} wrote. The recipients are those that the mail has now. */
    public static AcceptedMessage of(Mail mail) throws MessagingException {
        return new AcceptedMessage(
                MailAttributes.MESSAGE_ID.require(mail),
                MailAttributes.TENANT.require(mail),
                MailAttributes.STREAM.require(mail),
                MailAttributes.SUBMITTER.require(mail),
                Addresses.of(mail.getMaybeSender()),
                MailAttributes.SUBJECT.require(mail),
                MailAttributes.SIZE.require(mail),
                MailAttributes.ACCEPTED_AT.require(mail),
                Addresses.of(mail.getRecipients()));
    }

    /** The place of a recipient among those of the message, as a return path names it. */
    public static int indexOf(Mail mail, EmailAddress recipient) throws MessagingException {
        return MailAttributes.RECIPIENTS
                .find(mail)
                .map(recipients -> Collections.binarySearch(recipients, recipient))
                .map(index -> Math.max(0, index))
                .orElse(0);
    }

    /** The names of the attributes that belong to one attempt, and must not be there at the next. */
    public static Set<String> attributesOfOneAttempt() {
        return OF_ONE_ATTEMPT;
    }
}
