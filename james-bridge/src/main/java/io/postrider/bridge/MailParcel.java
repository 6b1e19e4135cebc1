package io.postrider.bridge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.postrider.dispatch.Parcel;
import io.postrider.dsn.DsnRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.RawMessage;
import io.postrider.trace.AcceptedMessage;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Attribute;
import org.apache.mailet.Mail;
import org.apache.mailet.PerRecipientHeaders;
import org.jspecify.annotations.Nullable;

/** A {@link Mail} that was taken at a certain moment, as the queue would keep it. */
public final class MailParcel implements Parcel {
    private final MailImpl head;
    private final RawMessage message;
    private final int postponements;
    /** Made when it is asked for, as most mails are never put off; twice the same when two ask at once. */
    private volatile @Nullable AcceptedMessage accepted;

    /** @param head the mail without its message, which nobody else has */
    private MailParcel(MailImpl head, RawMessage message, int postponements) {
        this.head = head;
        this.message = message;
        this.postponements = postponements;
    }

    /** Takes the mail as it is now, less what the attempt in work has noted on it. */
    public static MailParcel of(Mail mail) throws MessagingException {
        return new MailParcel(headOf(mail), Messages.rawOf(mail), 0);
    }

    /** Takes the mail as it was encoded; {@code mail} is the same, decoded. */
    public static MailParcel of(MailCodec.Encoded encoded, Mail mail) throws MessagingException {
        MailParcel parcel = new MailParcel(headOf(mail), Messages.rawOf(mail), encoded.postponements());
        parcel.accepted = AcceptedMail.of(mail); // or it is not one of ours
        return parcel;
    }

    /** Reads what {@link #serialise} or {@link MailCodec#encode} wrote. */
    public static MailParcel read(byte[] bytes) {
        try {
            MailCodec.Encoded encoded = MailCodec.split(bytes);
            return of(encoded, MailCodec.decode(encoded));
        } catch (MessagingException e) {
            throw new IllegalArgumentException("not a mail of this queue", e);
        }
    }

    private static MailImpl headOf(Mail mail) {
        Set<String> notes = AcceptedMail.attributesOfOneAttempt();
        MailImpl.Builder builder = MailImpl.builder()
                .name(mail.getName())
                .sender(mail.getMaybeSender())
                .addRecipients(mail.getRecipients())
                .errorMessage(mail.getErrorMessage())
                .remoteHost(mail.getRemoteHost())
                .remoteAddr(mail.getRemoteAddr())
                .addAttributes(mail.attributes()
                        .filter(attribute -> !notes.contains(attribute.getName().asString()))
                        .map(MailParcel::ownCopy)
                        .toList());
        PerRecipientHeaders headers = mail.getPerRecipientSpecificHeaders();
        if (!headers.getHeadersByRecipient().isEmpty()) {
            builder.addAllHeadersForRecipients(headers);
        }
        MailImpl head = builder.build();
        head.setState(mail.getState());
        head.setLastUpdated(mail.getLastUpdated());
        return head;
    }

    private static Attribute ownCopy(Attribute attribute) {
        Object value = attribute.getValue().value();
        // What else James serialises cannot be changed in place.
        return value instanceof Collection || value instanceof Map ? attribute.duplicate() : attribute;
    }

    private AcceptedMessage accepted() {
        AcceptedMessage known = accepted;
        if (known == null) {
            try {
                known = AcceptedMail.of(head);
            } catch (MessagingException e) {
                throw new IllegalStateException("a step of the pipeline has spoilt mail " + head.getName(), e);
            }
            accepted = known;
        }
        return known;
    }

    @Override
    public Instant acceptedAt() {
        return accepted().acceptedAt();
    }

    @Override
    public AcceptedMessage accepted(Collection<EmailAddress> recipients) {
        AcceptedMessage known = accepted();
        return new AcceptedMessage(
                known.id(),
                known.tenant(),
                known.stream(),
                known.submitter(),
                known.sender(),
                known.subject(),
                known.size(),
                known.acceptedAt(),
                List.copyOf(recipients));
    }

    @Override
    public int postponements() {
        return postponements;
    }

    @Override
    public byte[] serialise(Collection<EmailAddress> recipients, int postponements) {
        ObjectNode envelope = MailCodec.envelopeOf(head);
        MailCodec.setRecipients(envelope, recipients);
        MailCodec.setPostponements(envelope, postponements);
        return MailCodec.join(envelope, message.parts());
    }

    @Override
    public DsnRequest dsn() {
        return DsnRequests.of(head);
    }

    @Override
    public byte[] content() {
        return message.toBytes();
    }
}
