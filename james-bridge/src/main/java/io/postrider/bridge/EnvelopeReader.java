package io.postrider.bridge;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.mail.internet.AddressException;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Attribute;
import org.apache.mailet.AttributeName;
import org.apache.mailet.AttributeValue;
import org.apache.mailet.PerRecipientHeaders;
import org.apache.mailet.PerRecipientHeaders.Header;
import org.apache.mailet.Serializer;
import org.jspecify.annotations.Nullable;

/** Reads the envelope of an encoded mail token by token, as each mail is read once and a tree of it would be thrown away. */
final class EnvelopeReader {
    private static final String SERIALIZER = "serializer";
    private static final String VALUE = "value";
    private static final String TEXT = new Serializer.StringSerializer().getName();
    private static final String NUMBER = new Serializer.LongSerializer().getName();

    private record HeaderText(String recipient, String field) {}

    private final List<String> recipients = new ArrayList<>(1);
    private final List<Attribute> attributes = new ArrayList<>();
    private final List<HeaderText> headers = new ArrayList<>(0);
    private String name = "";
    private String sender = "";
    private @Nullable String state;
    private @Nullable String errorMessage;
    private @Nullable String remoteHost;
    private @Nullable String remoteAddr;
    private @Nullable Date lastUpdated;
    private int postponements;

    private EnvelopeReader() {}

    /** Reads it to its end. */
    static EnvelopeReader read(JsonParser in) throws IOException {
        EnvelopeReader read = new EnvelopeReader();
        require(in.nextToken() == JsonToken.START_OBJECT, in);
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            in.nextToken();
            read.field(field, in);
        }
        return read;
    }

    private void field(String field, JsonParser in) throws IOException {
        switch (field) {
            case "name" -> name = in.getText();
            case "sender" -> sender = in.getText();
            case "state" -> state = textOrNull(in);
            case "errorMessage" -> errorMessage = textOrNull(in);
            case "remoteHost" -> remoteHost = textOrNull(in);
            case "remoteAddr" -> remoteAddr = textOrNull(in);
            case "lastUpdated" -> lastUpdated = new Date(in.getLongValue());
            case "recipients" -> readRecipients(in);
            case "attributes" -> readAttributes(in);
            case "headers" -> readHeaders(in);
            case MailCodec.POSTPONEMENTS -> postponements = in.getIntValue();
            default -> in.skipChildren();
        }
    }

    private static @Nullable String textOrNull(JsonParser in) throws IOException {
        in.skipChildren();
        return in.currentToken() == JsonToken.VALUE_STRING ? in.getText() : null;
    }

    private void readRecipients(JsonParser in) throws IOException {
        require(in.currentToken() == JsonToken.START_ARRAY, in);
        while (in.nextToken() != JsonToken.END_ARRAY) {
            recipients.add(in.getText());
        }
    }

    private void readAttributes(JsonParser in) throws IOException {
        require(in.currentToken() == JsonToken.START_OBJECT, in);
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            AttributeName attribute = AttributeName.of(in.currentName());
            in.nextToken();
            attributes.add(new Attribute(attribute, readValue(in)));
        }
    }

    /** James looks for the serializer of each value among all; nearly all are text, or a number. */
    private static AttributeValue<?> readValue(JsonParser in) throws IOException {
        require(in.currentToken() == JsonToken.START_OBJECT, in);
        String serializer = "";
        @Nullable AttributeValue<?> plain = null;
        @Nullable JsonNode other = null;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            JsonToken token = in.nextToken();
            if (field.equals(SERIALIZER)) {
                serializer = in.getText();
            } else if (field.equals(VALUE) && token == JsonToken.VALUE_STRING && serializer.equals(TEXT)) {
                plain = AttributeValue.of(in.getText());
            } else if (field.equals(VALUE) && token == JsonToken.VALUE_NUMBER_INT && serializer.equals(NUMBER)) {
                plain = AttributeValue.of(in.getLongValue());
            } else if (field.equals(VALUE)) {
                other = in.readValueAsTree();
            } else {
                in.skipChildren();
            }
        }
        if (plain != null) {
            return plain;
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put(SERIALIZER, serializer);
        json.set(VALUE, other);
        return AttributeValue.fromJson(json);
    }

    private void readHeaders(JsonParser in) throws IOException {
        require(in.currentToken() == JsonToken.START_OBJECT, in);
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String recipient = in.currentName();
            require(in.nextToken() == JsonToken.START_ARRAY, in);
            while (in.nextToken() != JsonToken.END_ARRAY) {
                headers.add(new HeaderText(recipient, in.getText()));
            }
        }
    }

    private static void require(boolean expected, JsonParser in) throws IOException {
        if (!expected) {
            throw new IOException("the envelope holds " + in.currentToken() + " at "
                    + in.currentLocation().offsetDescription() + " (expected: what was written there)");
        }
    }

    /** How often it was postponed since the last attempt. */
    int postponements() {
        return postponements;
    }

    /** The mail, which has no message yet. */
    @SuppressWarnings("NullAway") // James's builder takes null for "not known"
    MailImpl mail() throws AddressException {
        List<MailAddress> addresses = new ArrayList<>(recipients.size());
        for (String recipient : recipients) {
            addresses.add(new MailAddress(recipient));
        }
        MailImpl.Builder builder = MailImpl.builder()
                .name(name)
                .sender(MaybeSender.getMailSender(sender))
                .addRecipients(addresses)
                .errorMessage(errorMessage)
                .remoteHost(remoteHost)
                .remoteAddr(remoteAddr)
                .addAttributes(attributes);
        if (!headers.isEmpty()) {
            PerRecipientHeaders perRecipient = new PerRecipientHeaders();
            for (HeaderText header : headers) {
                perRecipient.addHeaderForRecipient(
                        Header.fromString(header.field()), new MailAddress(header.recipient()));
            }
            builder.addAllHeadersForRecipients(perRecipient);
        }
        MailImpl mail = builder.build();
        if (state != null) {
            mail.setState(state);
        }
        if (lastUpdated != null) {
            mail.setLastUpdated(lastUpdated);
        }
        return mail;
    }
}
