package io.postrider.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.returnpath.ReturnPathMode;
import io.postrider.route.HeaderSet;
import io.postrider.route.Hop;
import io.postrider.trace.EntryId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Attribute;
import org.apache.mailet.AttributeName;
import org.apache.mailet.AttributeValue;
import org.apache.mailet.Mail;
import org.junit.jupiter.api.Test;

class MailAttributesTest {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00.123Z");
    private static final MessageId ID = MessageId.at(NOW, new Random(1));
    private static final Map<EmailAddress, List<Hop>> ROUTES = Map.of(
            EmailAddress.parse("Bob@example.org"),
            List.of(new Hop.ViaRelay("ses"), new Hop.Simulator()),
            EmailAddress.parse("\"a, b\"@example.org"),
            List.of(new Hop.Simulator()));

    @Test
    void attributesShouldSurviveTheSerialisationOfJames() throws Exception {
        Mail mail = mail();
        MailAttributes.MESSAGE_ID.set(mail, ID);
        MailAttributes.ENTRY_ID.set(mail, EntryId.firstOf(ID));
        MailAttributes.TENANT.set(mail, "default");
        MailAttributes.STREAM.set(mail, "transactional");
        MailAttributes.SUBMITTER.set(mail, "network:127.0.0.0/8");
        MailAttributes.ACCEPTED_AT.set(mail, NOW);
        MailAttributes.SUBJECT.set(mail, "Grüße 🎉 \"quoted\"");
        MailAttributes.SIZE.set(mail, 5_000_000_000L);
        MailAttributes.ROUTES.set(mail, ROUTES);
        MailAttributes.RETURN_PATH.set(mail, ReturnPathMode.VERP);
        MailAttributes.RETURN_PATH_DOMAIN.set(mail, "bounce.example.com");
        MailAttributes.REFUSAL.set(mail, "5.7.1 no");
        MailAttributes.dkim(HeaderSet.FULL).set(mail, "DKIM-Signature: a\r\nDKIM-Signature: b\r\n");

        Mail back = mail();
        for (Attribute attribute : mail.attributes().toList()) {
            String json = attribute.getValue().toJson().orElseThrow().toString();
            back.setAttribute(new Attribute(attribute.getName(), AttributeValue.fromJsonString(json)));
        }

        assertThat(MailAttributes.MESSAGE_ID.require(back)).isEqualTo(ID);
        assertThat(MailAttributes.ENTRY_ID.require(back)).isEqualTo(EntryId.firstOf(ID));
        assertThat(MailAttributes.TENANT.require(back)).isEqualTo("default");
        assertThat(MailAttributes.STREAM.require(back)).isEqualTo("transactional");
        assertThat(MailAttributes.SUBMITTER.require(back)).isEqualTo("network:127.0.0.0/8");
        assertThat(MailAttributes.ACCEPTED_AT.require(back)).isEqualTo(NOW);
        assertThat(MailAttributes.SUBJECT.require(back)).isEqualTo("Grüße 🎉 \"quoted\"");
        assertThat(MailAttributes.SIZE.require(back)).isEqualTo(5_000_000_000L);
        assertThat(MailAttributes.ROUTES.require(back)).isEqualTo(ROUTES);
        assertThat(MailAttributes.RETURN_PATH.require(back)).isEqualTo(ReturnPathMode.VERP);
        assertThat(MailAttributes.RETURN_PATH_DOMAIN.require(back)).isEqualTo("bounce.example.com");
        assertThat(MailAttributes.REFUSAL.require(back)).isEqualTo("5.7.1 no");
        assertThat(MailAttributes.dkim(HeaderSet.FULL).require(back))
                .isEqualTo("DKIM-Signature: a\r\nDKIM-Signature: b\r\n");
        assertThat(MailAttributes.dkim(HeaderSet.SES).find(back)).isEmpty();
    }

    @Test
    void attributesShouldSurviveTheDuplicationOfAMail() throws Exception {
        Mail mail = mail();
        Messages.replace(mail, new byte[0]);
        MailAttributes.ROUTES.set(mail, ROUTES);

        assertThat(MailAttributes.ROUTES.require(mail.duplicate())).isEqualTo(ROUTES);
    }

    @Test
    void requireShouldNameWhatIsAbsent() {
        assertThatThrownBy(() -> MailAttributes.TENANT.require(mail()))
                .isInstanceOf(MessagingException.class)
                .hasMessageStartingWith("attribute postrider.tenant of mail m1: absent");
    }

    @Test
    void findShouldNameWhatHoldsSomethingElse() {
        Mail mail = mail();
        mail.setAttribute(new Attribute(AttributeName.of("postrider.messageId"), AttributeValue.of("x")));
        mail.setAttribute(new Attribute(AttributeName.of("postrider.size"), AttributeValue.of("x")));
        mail.setAttribute(new Attribute(AttributeName.of("postrider.acceptedAt"), AttributeValue.of("now")));

        assertThatThrownBy(() -> MailAttributes.MESSAGE_ID.find(mail))
                .hasMessage(
                        "attribute postrider.messageId of mail m1: message id: 'x' (expected: a ULID of 26 characters)");
        assertThatThrownBy(() -> MailAttributes.SIZE.find(mail))
                .hasMessageStartingWith("attribute postrider.size of mail m1: ");
        assertThatThrownBy(() -> MailAttributes.ACCEPTED_AT.find(mail))
                .hasMessageContaining("expected: a time such as");
    }

    @Test
    void removeShouldTakeItAway() throws Exception {
        Mail mail = mail();
        MailAttributes.TENANT.set(mail, "default");
        MailAttributes.TENANT.remove(mail);

        assertThat(MailAttributes.TENANT.find(mail)).isEmpty();
    }

    private static Mail mail() {
        return MailImpl.builder().name("m1").build();
    }
}
