package io.postrider.bridge;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.RawMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import javax.mail.MessagingException;
import javax.mail.internet.AddressException;
import org.apache.james.core.MailAddress;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Mail;

/**
 * A mail as one array of bytes: the length of the envelope (4 bytes), the envelope as JSON, the message. Attributes without a serializer of James's are left out,
 * as James itself leaves them out.
 */
public final class MailCodec {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of the entry, not of the mail: no mailet sees it. */
    static final String POSTPONEMENTS = "postponements";

    /** An encoded mail, taken apart. */
    public record Encoded(ObjectNode envelope, byte[] content) {}

    /** An encoded mail, made again, and how often it was postponed since its last attempt. */
    public record Decoded(MailImpl mail, int postponements) {}

    private MailCodec() {}

    /** Encodes the mail as it is now. */
    public static byte[] encode(Mail mail) throws MessagingException {
        return join(envelopeOf(mail), Messages.partsOf(mail));
    }

    static byte[] join(ObjectNode envelope, List<ByteBuffer> content) {
        try {
            byte[] head = JSON.writeValueAsBytes(envelope);
            int size = content.stream().mapToInt(ByteBuffer::remaining).sum();
            ByteBuffer joined = ByteBuffer.allocate(Integer.BYTES + head.length + size)
                    .putInt(head.length)
                    .put(head);
            content.forEach(joined::put);
            return joined.array();
        } catch (IOException e) {
            throw new IllegalStateException("an envelope of plain values cannot be written as JSON", e);
        }
    }

    /** Takes an encoded mail apart. Throws {@link IllegalArgumentException} for anything else. */
    public static Encoded split(byte[] encoded) {
        try {
            int length = ByteBuffer.wrap(encoded).getInt();
            JsonNode envelope = JSON.readTree(encoded, Integer.BYTES, length);
            return new Encoded(
                    (ObjectNode) envelope, Arrays.copyOfRange(encoded, Integer.BYTES + length, encoded.length));
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException("not a mail of this queue: " + encoded.length + " bytes", e);
        }
    }

    static ObjectNode envelopeOf(Mail mail) {
        ObjectNode envelope = JSON.createObjectNode();
        envelope.put("name", mail.getName());
        envelope.put("state", mail.getState());
        envelope.put("sender", mail.getMaybeSender().asString(""));
        envelope.put("errorMessage", mail.getErrorMessage());
        envelope.put("remoteHost", mail.getRemoteHost());
        envelope.put("remoteAddr", mail.getRemoteAddr());
        Date lastUpdated = mail.getLastUpdated();
        if (lastUpdated != null) {
            envelope.put("lastUpdated", lastUpdated.getTime());
        }
        ArrayNode recipients = envelope.putArray("recipients");
        mail.getRecipients().forEach(recipient -> recipients.add(recipient.asString()));
        ObjectNode attributes = envelope.putObject("attributes");
        mail.attributes()
                .forEach(attribute -> attribute
                        .getValue()
                        .toJson()
                        .ifPresent(value -> attributes.set(attribute.getName().asString(), value)));
        ObjectNode headers = envelope.putObject("headers");
        mail.getPerRecipientSpecificHeaders().getHeadersByRecipient().asMap().forEach((recipient, fields) -> {
            ArrayNode values = headers.putArray(recipient.asString());
            fields.forEach(field -> values.add(field.asString()));
        });
        return envelope;
    }

    /** The recipients that the envelope names. */
    public static List<EmailAddress> recipientsOf(ObjectNode envelope) {
        List<EmailAddress> recipients = new ArrayList<>();
        envelope.path("recipients").forEach(recipient -> recipients.add(recipientOf(recipient.asText())));
        return recipients;
    }

    /** As James writes an address: without the brackets of a literal. */
    private static EmailAddress recipientOf(String text) {
        try {
            return Addresses.of(new MailAddress(text));
        } catch (AddressException e) {
            throw new IllegalArgumentException("recipient: '" + text + "' (expected: an address)", e);
        }
    }

    static void setRecipients(ObjectNode envelope, Collection<EmailAddress> recipients) {
        ArrayNode values = envelope.putArray("recipients");
        recipients.forEach(recipient -> values.add(recipient.toString()));
    }

    static void setPostponements(ObjectNode envelope, int count) {
        envelope.put(POSTPONEMENTS, count);
    }

    /** Makes the mail again, and keeps the array as {@link #read} does. Throws {@link IllegalArgumentException} for anything else than an encoded mail. */
    public static MailImpl decode(byte[] encoded) throws MessagingException {
        return read(encoded).mail();
    }

    /** Makes the mail again. */
    public static MailImpl decode(Encoded encoded) throws MessagingException {
        try {
            return mailOf(envelopeIn(JSON.treeAsTokens(encoded.envelope())), RawMessage.parse(encoded.content()));
        } catch (IOException e) {
            throw new MessagingException("a mail of this queue cannot be read", e);
        }
    }

    /** Reads an encoded mail, whose array is kept: the caller must not change it any more. Throws {@link IllegalArgumentException} for anything else. */
    public static Decoded read(byte[] encoded) throws MessagingException {
        EnvelopeReader envelope;
        RawMessage message;
        try {
            int length = ByteBuffer.wrap(encoded).getInt();
            envelope = envelopeIn(JSON.getFactory().createParser(encoded, Integer.BYTES, length));
            message = RawMessage.parse(encoded, Integer.BYTES + length);
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException("not a mail of this queue: " + encoded.length + " bytes", e);
        }
        return new Decoded(mailOf(envelope, message), envelope.postponements());
    }

    private static EnvelopeReader envelopeIn(JsonParser parser) throws IOException {
        try (JsonParser in = parser) {
            return EnvelopeReader.read(in);
        }
    }

    private static MailImpl mailOf(EnvelopeReader envelope, RawMessage message) throws MessagingException {
        try {
            MailImpl mail = envelope.mail();
            Messages.replace(mail, message);
            return mail;
        } catch (AddressException e) {
            throw new MessagingException("a mail of this queue cannot be read", e);
        }
    }
}
