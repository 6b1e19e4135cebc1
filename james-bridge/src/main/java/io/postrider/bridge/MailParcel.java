package io.postrider.bridge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.postrider.dispatch.Parcel;
import io.postrider.dsn.DsnRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.RawMessage;
import io.postrider.trace.AcceptedMessage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.mail.MessagingException;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Attribute;
import org.apache.mailet.Mail;
import org.apache.mailet.PerRecipientHeaders;
import org.jspecify.annotations.Nullable;

/** A {@link Mail} that was taken at a certain moment, as the queue would keep it. */
public final class MailParcel implements Parcel {
    private final String name;
    private final Head head;
    private final RawMessage message;
    private final int postponements;
    private final DsnRequest dsn;
    /** Made when it is asked for, as most mails are never put off; twice the same when two ask at once. */
    private volatile @Nullable AcceptedMessage accepted;

    /** @param head the mail without its message, which nobody else has */
    private MailParcel(String name, Head head, RawMessage message, int postponements, DsnRequest dsn) {
        this.name = name;
        this.head = head;
        this.message = message;
        this.postponements = postponements;
        this.dsn = dsn;
    }

    /** Takes the mail as it is now, less what the attempt in work has noted on it. */
    public static MailParcel of(Mail mail) throws MessagingException {
        return new MailParcel(mail.getName(), new Notes(mail), Messages.rawOf(mail), 0, DsnRequests.of(mail));
    }

    /**
     * Takes the mail as it was encoded.
     *
     * @param encoded stays as it is
     * @param decoded the same
     */
    public static MailParcel of(byte[] encoded, MailCodec.Decoded decoded) throws MessagingException {
        Mail mail = decoded.mail();
        MailParcel parcel = new MailParcel(
                mail.getName(),
                () -> MailCodec.decode(encoded),
                Messages.rawOf(mail),
                decoded.postponements(),
                DsnRequests.of(mail));
        parcel.accepted = AcceptedMail.of(mail); // or it is not one of ours
        return parcel;
    }

    /** Reads what {@link #serialise} or {@link MailCodec#encode} wrote. */
    public static MailParcel read(byte[] bytes) {
        try {
            return of(bytes, MailCodec.read(bytes));
        } catch (MessagingException e) {
            throw new IllegalArgumentException("not a mail of this queue", e);
        }
    }

    /** What a mail says of itself beside its message, to be made a mail again if that is wanted. */
    private interface Head {
        MailImpl toMail() throws MessagingException;
    }

    /** As a mail is now. */
    private static final class Notes implements Head {
        private final String name;
        private final MaybeSender sender;
        private final List<MailAddress> recipients;
        private final @Nullable String errorMessage;
        private final @Nullable String remoteHost;
        private final @Nullable String remoteAddr;
        private final @Nullable Date lastUpdated;
        private final String state;
        private final List<Attribute> attributes = new ArrayList<>();
        private final PerRecipientHeaders headers = new PerRecipientHeaders();

        Notes(Mail mail) {
            name = mail.getName();
            sender = mail.getMaybeSender();
            recipients = List.copyOf(mail.getRecipients());
            errorMessage = mail.getErrorMessage();
            remoteHost = mail.getRemoteHost();
            remoteAddr = mail.getRemoteAddr();
            lastUpdated = mail.getLastUpdated();
            state = mail.getState();
            Set<String> ofOneAttempt = AcceptedMail.attributesOfOneAttempt();
            mail.attributes().forEach(attribute -> {
                if (!ofOneAttempt.contains(attribute.getName().asString())) {
                    attributes.add(ownCopy(attribute));
                }
            });
            PerRecipientHeaders theirs = mail.getPerRecipientSpecificHeaders();
            if (!theirs.getHeadersByRecipient().isEmpty()) {
                headers.addAll(theirs);
            }
        }

        @Override
        @SuppressWarnings("NullAway") // James's builder takes null for "not known"
        public MailImpl toMail() {
            MailImpl mail = MailImpl.builder()
                    .name(name)
                    .sender(sender)
                    .addRecipients(recipients)
                    .errorMessage(errorMessage)
                    .remoteHost(remoteHost)
                    .remoteAddr(remoteAddr)
                    .addAttributes(attributes)
                    .addAllHeadersForRecipients(headers)
                    .build();
            mail.setState(state);
            mail.setLastUpdated(lastUpdated);
            return mail;
        }
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
                known = AcceptedMail.of(head.toMail());
            } catch (MessagingException e) {
                throw new IllegalStateException("a step of the pipeline has spoilt mail " + name, e);
            }
            accepted = known;
        }
        return known;
    }

    private MailImpl mail() {
        try {
            return head.toMail();
        } catch (MessagingException e) {
            throw new IllegalStateException("mail " + name + " was read, and cannot be read again", e);
        }
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
        ObjectNode envelope = MailCodec.envelopeOf(mail());
        MailCodec.setRecipients(envelope, recipients);
        MailCodec.setPostponements(envelope, postponements);
        return MailCodec.join(envelope, message.parts());
    }

    @Override
    public DsnRequest dsn() {
        return dsn;
    }

    @Override
    public byte[] content() {
        return message.toBytes();
    }
}
