package io.postrider.returnpath.mailet;

import static io.postrider.fixture.Mails.mail;
import static io.postrider.fixture.Mails.parameters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.bridge.MailAttributes;
import io.postrider.domain.InMemorySendingDomains;
import io.postrider.domain.SendingDomain;
import io.postrider.returnpath.ReturnPathMode;
import io.postrider.store.StoreUnavailableException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReturnPathTest {
    private final InMemorySendingDomains domains = new InMemorySendingDomains();
    private final ReturnPath returnPath = new ReturnPath(domains);

    @BeforeEach
    void addDomain() {
        domains.put(new SendingDomain("second.example", "default", "bounce.second.example", List.of(), Instant.EPOCH));
    }

    @Test
    void serviceShouldTakeTheDomainOfTheAuthor() throws Exception {
        MailImpl mail = serviced(Map.of(), "From: a@second.example¤¤x");

        assertThat(MailAttributes.RETURN_PATH.require(mail)).isEqualTo(ReturnPathMode.VERP);
        assertThat(MailAttributes.RETURN_PATH_DOMAIN.require(mail)).isEqualTo("bounce.second.example");
    }

    @Test
    void serviceShouldNoteTheModeOfTheConfiguration() throws Exception {
        MailImpl mail = serviced(Map.of("mode", "message"), "From: a@second.example¤¤x");

        assertThat(MailAttributes.RETURN_PATH.require(mail)).isEqualTo(ReturnPathMode.MESSAGE);
    }

    @Test
    void serviceShouldLeaveTheNullReversePathAlone() throws Exception {
        MailImpl mail = mail("From: a@second.example¤¤x", "bob@example.org");
        MailAttributes.RETURN_PATH.set(mail, ReturnPathMode.VERP);
        MailAttributes.RETURN_PATH_DOMAIN.set(mail, "bounce.second.example");
        mail.setSender(null);
        returnPath.init(parameters(Map.of()));
        returnPath.service(mail);

        assertThat(MailAttributes.RETURN_PATH.find(mail)).isEmpty();
        assertThat(MailAttributes.RETURN_PATH_DOMAIN.find(mail)).isEmpty();
    }

    @Test
    void serviceShouldLeaveMailOfAnUnknownDomainAlone() throws Exception {
        assertThat(MailAttributes.RETURN_PATH.find(serviced(Map.of(), "From: a@example.com¤¤x")))
                .isEmpty();
    }

    @Test
    void serviceShouldPassOnThatTheStoreIsSilent() {
        domains.fallSilent();

        assertThatThrownBy(() -> serviced(Map.of(), "From: a@second.example¤¤x"))
                .isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void initShouldRefuseWhatItDoesNotKnow() {
        assertThatThrownBy(() -> returnPath.init(parameters(Map.of("mode", "batv"))))
                .isInstanceOf(MessagingException.class)
                .hasMessage("ReturnPath: mode: 'batv' (expected: verp or message)");
        assertThatThrownBy(() -> returnPath.init(parameters(Map.of("domain", "x"))))
                .hasMessageContaining("domain");
    }

    private MailImpl serviced(Map<String, String> parameters, String message) throws MessagingException {
        MailImpl mail = mail(message, "bob@example.org");
        returnPath.init(parameters(parameters));
        returnPath.service(mail);
        return mail;
    }
}
