package io.postrider.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.mail.EmailAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.james.core.MailAddress;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Attribute;
import org.apache.mailet.AttributeName;
import org.apache.mailet.AttributeValue;
import org.apache.mailet.DsnParameters;
import org.apache.mailet.Mail;
import org.apache.mailet.PerRecipientHeaders.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MailCodecTest {
    private static final byte[] MESSAGE =
            "Subject: caf\u00e9\r\n\r\n\u00ff\u0080 body\r\n.\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private static MailImpl mail() throws Exception {
        MailImpl mail = MailImpl.builder()
                .name("a name")
                .sender("alice@sender.example")
                .addRecipients("bob@example.com", "\"a, b\"@example.org")
                .build();
        Messages.replace(mail, MESSAGE.clone());
        return mail;
    }

    private static MailImpl roundTrip(Mail mail) throws Exception {
        return MailCodec.decode(MailCodec.encode(mail));
    }

    @Test
    void theEnvelopeShouldSurvive() throws Exception {
        MailImpl mail = mail();
        mail.setState("dispatch");
        mail.setErrorMessage("it failed: \u00fc");
        mail.setRemoteHost("client.example");
        mail.setRemoteAddr("192.0.2.1");
        mail.setLastUpdated(new Date(1_764_064_800_123L));
        MailAddress bob = new MailAddress("bob@example.com");
        mail.addSpecificHeaderForRecipient(
                Header.builder().name("X-For").value("Bob: only").build(), bob);

        Mail read = roundTrip(mail);

        assertThat(read.getName()).isEqualTo("a name");
        assertThat(read.getState()).isEqualTo("dispatch");
        assertThat(read.getMaybeSender()).isEqualTo(mail.getMaybeSender());
        assertThat(read.getRecipients()).containsExactlyElementsOf(mail.getRecipients());
        assertThat(read.getErrorMessage()).isEqualTo("it failed: \u00fc");
        assertThat(read.getRemoteHost()).isEqualTo("client.example");
        assertThat(read.getRemoteAddr()).isEqualTo("192.0.2.1");
        assertThat(read.getLastUpdated()).isEqualTo(mail.getLastUpdated());
        assertThat(read.getPerRecipientSpecificHeaders()).isEqualTo(mail.getPerRecipientSpecificHeaders());
    }

    @Test
    void whatTheSubmitterWantsToBeToldShouldSurvive() throws Exception {
        MailImpl mail = mail();
        DsnParameters wanted = DsnParameters.builder()
                .ret(DsnParameters.Ret.HDRS)
                .envId(DsnParameters.EnvId.of("id+2B1"))
                .addRcptParameter(
                        new MailAddress("bob@example.com"),
                        DsnParameters.RecipientDsnParameters.of(
                                EnumSet.of(DsnParameters.Notify.SUCCESS, DsnParameters.Notify.DELAY),
                                new MailAddress("Bob+tag@example.com")))
                .addRcptParameter(
                        new MailAddress("\"a, b\"@example.org"),
                        DsnParameters.RecipientDsnParameters.of(EnumSet.of(DsnParameters.Notify.NEVER)))
                .build()
                .orElseThrow();
        mail.setDsnParameters(wanted);

        assertThat(roundTrip(mail).dsnParameters()).contains(wanted);
    }

    @Test
    void anAddressLiteralShouldBeReadFromTheEnvelopeAsWritten() throws Exception {
        MailImpl mail = MailImpl.builder()
                .name("literal")
                .addRecipients("bob@[192.0.2.1]")
                .build();
        Messages.replace(mail, MESSAGE.clone());

        assertThat(MailCodec.recipientsOf(
                        MailCodec.split(MailCodec.encode(mail)).envelope()))
                .containsExactly(EmailAddress.parse("bob@[192.0.2.1]"));
    }

    @Test
    void whatIsNotKnownShouldStaySo() throws Exception {
        MailImpl mail = MailImpl.builder().name("bare").build();
        Messages.replace(mail, MESSAGE.clone());

        Mail read = roundTrip(mail);

        assertThat(read.getMaybeSender().isNullSender()).isTrue();
        assertThat(read.getRecipients()).isEmpty();
        assertThat(read.getErrorMessage()).isNull();
        assertThat(read.attributes()).isEmpty();
        assertThat(read.getPerRecipientSpecificHeaders().getHeadersByRecipient().isEmpty())
                .isTrue();
    }

    @Test
    void theMessageShouldSurviveByteForByte() throws Exception {
        assertThat(Messages.bytesOf(roundTrip(mail()))).isEqualTo(MESSAGE);
    }

    static List<AttributeValue<?>> attributesShouldSurvive() throws Exception {
        return List.of(
                AttributeValue.of("text \u20ac"),
                AttributeValue.of(true),
                AttributeValue.of(42),
                AttributeValue.of(1L << 40),
                AttributeValue.of(1.5f),
                AttributeValue.of(2.25d),
                AttributeValue.of(ZonedDateTime.of(2026, 11, 25, 10, 0, 0, 123_000_000, ZoneOffset.UTC)),
                AttributeValue.of(URI.create("https://example.com/a?b=c").toURL()),
                AttributeValue.of(Optional.of(AttributeValue.of("inside"))),
                AttributeValue.of(List.of(AttributeValue.of("one"), AttributeValue.of(2))),
                AttributeValue.of(Map.of("key", AttributeValue.of("value"))));
    }

    @ParameterizedTest
    @MethodSource
    void attributesShouldSurvive(AttributeValue<?> value) throws Exception {
        MailImpl mail = mail();
        mail.setAttribute(new Attribute(AttributeName.of("any"), value));

        assertThat(roundTrip(mail).getAttribute(AttributeName.of("any")).map(Attribute::getValue))
                .contains(value);
    }

    @Test
    void bytesInAnAttributeShouldSurvive() throws Exception {
        MailImpl mail = mail();
        mail.setAttribute(new Attribute(AttributeName.of("any"), AttributeValue.of(new byte[] {0, -1, 127})));

        assertThat(roundTrip(mail)
                        .getAttribute(AttributeName.of("any"))
                        .orElseThrow()
                        .getValue()
                        .getValue())
                .isEqualTo(new byte[] {0, -1, 127});
    }

    @Test
    void anAttributeThatJamesCannotSerialiseShouldBeLeftOut() throws Exception {
        MailImpl mail = mail();
        mail.setAttribute(new Attribute(AttributeName.of("odd"), AttributeValue.ofUnserializable(new Object())));

        assertThat(roundTrip(mail).attributes()).isEmpty();
    }

    @Test
    void recipientsShouldBeReadAndChangedWithoutDecodingTheMessage() throws Exception {
        MailCodec.Encoded parts = MailCodec.split(MailCodec.encode(mail()));
        assertThat(MailCodec.recipientsOf(parts.envelope()))
                .containsExactly(EmailAddress.parse("bob@example.com"), EmailAddress.parse("\"a, b\"@example.org"));

        MailCodec.setRecipients(parts.envelope(), List.of(EmailAddress.parse("carol@example.net")));
        Mail read = MailCodec.decode(parts);

        assertThat(read.getRecipients()).containsExactly(new MailAddress("carol@example.net"));
        assertThat(Messages.bytesOf(read)).isEqualTo(MESSAGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "\u0000\u0000\u0000\u0009{}", "\u0000\u0000\u0000\u0002[]", "no mail at all"})
    void anythingElseShouldBeRefused(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> MailCodec.split(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(bytes.length + " bytes");
        assertThatThrownBy(() -> MailCodec.read(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(bytes.length + " bytes");
    }

    @Test
    void anotherOrderAndWhatNobodyKnowsShouldNotMatter() throws Exception {
        String envelope = """
                {"later": [{"a": 1}], "attributes": {
                  "text": {"value": "v", "serializer": "StringSerializer", "more": {}},
                  "number": {"value": 5000000000, "serializer": "LongSerializer"},
                  "list": {"serializer": "CollectionSerializer", "value": [{"serializer": "IntSerializer", "value": 7}]}},
                 "errorMessage": null, "remoteHost": {"no": "text"}, "postponements": 3,
                 "recipients": ["bob@example.com"], "state": "dispatch", "sender": "", "name": "a name"}""";
        byte[] head = envelope.getBytes(StandardCharsets.UTF_8);
        byte[] encoded = ByteBuffer.allocate(Integer.BYTES + head.length + MESSAGE.length)
                .putInt(head.length)
                .put(head)
                .put(MESSAGE)
                .array();

        MailCodec.Decoded read = MailCodec.read(encoded);

        assertThat(read.postponements()).isEqualTo(3);
        assertThat(read.mail().getName()).isEqualTo("a name");
        assertThat(read.mail().getState()).isEqualTo("dispatch");
        assertThat(read.mail().getMaybeSender().isNullSender()).isTrue();
        assertThat(read.mail().getErrorMessage()).isNull();
        assertThat(read.mail().getRemoteHost()).isEqualTo(mail().getRemoteHost());
        assertThat(read.mail().getRecipients()).containsExactly(new MailAddress("bob@example.com"));
        assertThat(read.mail().attributes())
                .containsExactlyInAnyOrder(
                        new Attribute(AttributeName.of("text"), AttributeValue.of("v")),
                        new Attribute(AttributeName.of("number"), AttributeValue.of(5_000_000_000L)),
                        new Attribute(AttributeName.of("list"), AttributeValue.of(List.of(AttributeValue.of(7)))));
        assertThat(Messages.bytesOf(read.mail())).isEqualTo(MESSAGE);
    }
}
