package io.postrider.bridge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.postrider.dispatch.Parcel;
import io.postrider.dsn.DsnRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.trace.AcceptedMessage;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import javax.mail.MessagingException;
import org.apache.mailet.Mail;

/** A {@link Mail} that was taken at a certain moment, as the queue would keep it. */
public final class MailParcel implements Parcel {
    /** Of the entry, not of the mail: no mailet sees it. */
    private static final String POSTPONEMENTS = "postponements";

    private final ObjectNode envelope;
    private final byte[] content;
    private final AcceptedMessage accepted;
    private final DsnRequest dsn;

    private MailParcel(ObjectNode envelope, byte[] content, AcceptedMessage accepted, DsnRequest dsn) {
        this.envelope = envelope;
        this.content = content;
        this.accepted = accepted;
        this.dsn = dsn;
    }

    /** Takes the mail as it is now, less what the attempt in work has noted on it. */
    public static MailParcel of(Mail mail) throws MessagingException {
        return new MailParcel(
                withoutNotes(MailCodec.envelopeOf(mail)),
                Messages.bytesOf(mail),
                AcceptedMail.of(mail),
                DsnRequests.of(mail));
    }

    /** Takes the mail as it was encoded; {@code mail} is the same, decoded. */
    public static MailParcel of(MailCodec.Encoded encoded, Mail mail) throws MessagingException {
        return new MailParcel(
                withoutNotes(encoded.envelope()), encoded.content(), AcceptedMail.of(mail), DsnRequests.of(mail));
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

    private static ObjectNode withoutNotes(ObjectNode envelope) {
        AcceptedMail.attributesOfOneAttempt().forEach(((ObjectNode) envelope.path("attributes"))::remove);
        return envelope;
    }

    @Override
    public Instant acceptedAt() {
        return accepted.acceptedAt();
    }

    @Override
    public AcceptedMessage accepted(Collection<EmailAddress> recipients) {
        return new AcceptedMessage(
                accepted.id(),
                accepted.tenant(),
                accepted.stream(),
                accepted.submitter(),
                accepted.sender(),
                accepted.subject(),
                accepted.size(),
                accepted.acceptedAt(),
                List.copyOf(recipients));
    }

    @Override
    public int postponements() {
        return envelope.path(POSTPONEMENTS).asInt();
    }

    @Override
    public byte[] serialise(Collection<EmailAddress> recipients, int postponements) {
        ObjectNode copy = envelope.deepCopy();
        MailCodec.setRecipients(copy, recipients);
        copy.put(POSTPONEMENTS, postponements);
        return MailCodec.join(copy, content);
    }

    @Override
    public DsnRequest dsn() {
        return dsn;
    }

    @Override
    public byte[] content() {
        return content.clone();
    }
}
