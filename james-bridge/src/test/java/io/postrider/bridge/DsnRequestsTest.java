package io.postrider.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.dsn.DsnRequest;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.dsn.EnvelopeRequest.Returned;
import io.postrider.dsn.Notify;
import io.postrider.dsn.RecipientRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.RawMessage;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.james.core.MailAddress;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.DsnParameters;
import org.apache.mailet.DsnParameters.EnvId;
import org.apache.mailet.DsnParameters.RecipientDsnParameters;
import org.apache.mailet.DsnParameters.Ret;
import org.apache.mailet.Mail;
import org.junit.jupiter.api.Test;

class DsnRequestsTest {
    @Test
    void aMailWithoutParametersShouldWantNothing() throws Exception {
        assertThat(DsnRequests.of(mail())).isEqualTo(DsnRequest.NONE);
    }

    @Test
    void theParametersShouldBeReadAsTheyWereGivenAndSurviveTheQueue() throws Exception {
        Mail mail = mail();
        DsnParameters.builder()
                .ret(Ret.HDRS)
                .envId(EnvId.of("QQ+2B1"))
                .addRcptParameter(
                        new MailAddress("bob@example.org"),
                        RecipientDsnParameters.of(
                                EnumSet.of(DsnParameters.Notify.FAILURE, DsnParameters.Notify.DELAY),
                                new MailAddress("bob+tag@example.com")))
                .build()
                .ifPresent(mail::setDsnParameters);

        DsnRequest expected = new DsnRequest(
                new EnvelopeRequest(Optional.of(Returned.HDRS), Optional.of("QQ+1")),
                Map.of(
                        EmailAddress.parse("bob@example.org"),
                        new RecipientRequest(
                                Set.of(Notify.FAILURE, Notify.DELAY), Optional.of("rfc822;bob+tag@example.com"))));
        assertThat(DsnRequests.of(mail)).isEqualTo(expected);
        assertThat(DsnRequests.of(MailCodec.decode(MailCodec.split(MailCodec.encode(mail)))))
                .isEqualTo(expected);
    }

    private static Mail mail() throws Exception {
        return MailImpl.builder()
                .name("test")
                .sender("app@example.com")
                .addRecipient("bob@example.org")
                .mimeMessage(new BytesMessage(
                        RawMessage.parse("Subject: x\r\n\r\nx\r\n".getBytes(StandardCharsets.US_ASCII))))
                .build();
    }
}
