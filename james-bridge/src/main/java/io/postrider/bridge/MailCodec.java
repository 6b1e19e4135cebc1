package io.postrider.bridge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.postrider.mail.EmailAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.mail.MessagingException;
import javax.mail.internet.AddressException;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Attribute;
import org.apache.mailet.AttributeName;
import org.apache.mailet.AttributeValue;
import org.apache.mailet.Mail;
import org.apache.mailet.PerRecipientHeaders;
import org.apache.mailet.PerRecipientHeaders.Header;
import org.apache.mailet.Serializer;

/**
 * A mail as one array of bytes: the length of the envelope (4 bytes), the envelope as JSON, the message. Attributes without a serializer of James's are left out,
 * as James itself leaves them out.
 */
public final class MailCodec {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of the entry, not of the mail: no mailet sees it. */
    private static final String POSTPONEMENTS = "postponements";

    private static final String SERIALIZER = "serializer";
    private static final String VALUE = "value";
    private static final String TEXT = new Serializer.StringSerializer().getName();

    /** An encoded mail, taken apart. */
    public record Encoded(ObjectNode envelope, byte[] content) {
        int postponements() {
            return envelope.path(POSTPONEMENTS).asInt();
        }
    }

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

    /** Makes the mail again. */
    public static MailImpl decode(byte[] bytes) throws MessagingException {
        return decode(split(bytes));
    }

    /** Makes the mail again. */
    public static MailImpl decode(Encoded encoded) throws MessagingException {
        ObjectNode envelope = encoded.envelope();
        try {
            MailImpl.Builder builder = MailImpl.builder()
                    .name(envelope.path("name").asText())
                    .sender(MaybeSender.getMailSender(envelope.path("sender").asText()))
                    .errorMessage(textOrNull(envelope, "errorMessage"))
                    .remoteHost(textOrNull(envelope, "remoteHost"))
                    .remoteAddr(textOrNull(envelope, "remoteAddr"))
                    .addAttributes(attributesOf(envelope));
            for (JsonNode recipient : envelope.path("recipients")) {
                builder.addRecipient(recipient.asText());
            }
            PerRecipientHeaders headers = headersOf(envelope);
            if (!headers.getHeadersByRecipient().isEmpty()) {
                builder.addAllHeadersForRecipients(headers);
            }
            MailImpl mail = builder.build();
            Optional.ofNullable(textOrNull(envelope, "state")).ifPresent(mail::setState);
            if (envelope.has("lastUpdated")) {
                mail.setLastUpdated(new Date(envelope.path("lastUpdated").asLong()));
            }
            Messages.replace(mail, encoded.content());
            return mail;
        } catch (AddressException | IOException e) {
            throw new MessagingException("a mail of this queue cannot be read", e);
        }
    }

    private static List<Attribute> attributesOf(ObjectNode envelope) {
        List<Attribute> attributes = new ArrayList<>();
        envelope.path("attributes")
                .properties()
                .forEach(property -> attributes.add(
                        new Attribute(AttributeName.of(property.getKey()), valueOf(property.getValue()))));
        return attributes;
    }

    /** James looks for the serializer of each value among all; most are text. */
    private static AttributeValue<?> valueOf(JsonNode json) {
        return json.path(SERIALIZER).asText().equals(TEXT) && json.path(VALUE).isTextual()
                ? AttributeValue.of(json.path(VALUE).textValue())
                : AttributeValue.fromJson(json);
    }

    private static PerRecipientHeaders headersOf(ObjectNode envelope) throws AddressException, IOException {
        PerRecipientHeaders headers = new PerRecipientHeaders();
        for (var property : envelope.path("headers").properties()) {
            MailAddress recipient = new MailAddress(property.getKey());
            for (JsonNode field : property.getValue()) {
                headers.addHeaderForRecipient(Header.fromString(field.asText()), recipient);
            }
        }
        return headers;
    }

    @SuppressWarnings("NullAway") // James's builder takes null for "not known"
    private static String textOrNull(ObjectNode envelope, String name) {
        return envelope.path(name).isTextual() ? envelope.path(name).asText() : null;
    }
}
