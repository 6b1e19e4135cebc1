package io.postrider.dispatch.mailet;

import static io.postrider.fixture.Mails.ID;
import static io.postrider.fixture.Mails.mail;
import static io.postrider.fixture.Mails.parameters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.bridge.MailAttributes;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.EntryId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Mail;
import org.junit.jupiter.api.Test;

class BounceTest {
    private static final Map<String, String> PARAMETERS = Map.of("status", "5.7.1", "reason", "not yours");

    private final List<String> recorded = new ArrayList<>();
    private final Bounce bounce = new Bounce((entry, message, recipients, status, reason) ->
            recorded.add(entry + " " + message + " " + recipients + " " + status + " " + reason));

    @Test
    void serviceShouldRecordTheOutcomeOfAllRecipientsAndDropTheMail() throws Exception {
        MailImpl mail = mail("From: a@example.com¤¤x", "Bob@example.org", "carol@example.org");
        MailAttributes.ENTRY_ID.set(mail, new EntryId("e2"));
        bounce.init(parameters(PARAMETERS));
        bounce.service(mail);

        assertThat(recorded).containsExactly("e2 " + ID + " [Bob@example.org, carol@example.org] 5.7.1 not yours");
        assertThat(mail.getState()).isEqualTo(Mail.GHOST);
    }

    @Test
    void serviceShouldGiveTheReasonOfTheMatcher() throws Exception {
        MailImpl mail = mail("From: a@example.com¤¤x", "bob@example.org");
        MailAttributes.REFUSAL.set(mail, "5.7.1 From domain x");
        bounce.init(parameters(PARAMETERS));
        bounce.service(mail);

        assertThat(recorded).singleElement().asString().endsWith("5.7.1 5.7.1 From domain x");
    }

    @Test
    void theMailShouldStayWhenTheOutcomeCannotBeRecorded() throws Exception {
        Bounce silent = new Bounce((entry, message, recipients, status, reason) -> {
            throw new StoreUnavailableException("append", new IllegalStateException("silent"));
        });
        MailImpl mail = mail("From: a@example.com¤¤x", "bob@example.org");
        silent.init(parameters(PARAMETERS));

        assertThatThrownBy(() -> silent.service(mail)).isInstanceOf(StoreUnavailableException.class);
        assertThat(mail.getState()).isNotEqualTo(Mail.GHOST);
    }

    @Test
    void initShouldRefuseWhatIsMissingOrWrong() {
        assertThatThrownBy(() -> bounce.init(parameters(Map.of("reason", "x"))))
                .isInstanceOf(MessagingException.class)
                .hasMessage("Bounce: status: absent (expected: a value)");
        assertThatThrownBy(() -> bounce.init(parameters(Map.of("status", "5.7.1"))))
                .hasMessage("Bounce: reason: absent (expected: a value)");
        assertThatThrownBy(() -> bounce.init(parameters(Map.of("status", "4.7.1", "reason", "x"))))
                .hasMessage("Bounce: status: '4.7.1' (expected: 5.y.z, as it is final)");
        assertThatThrownBy(() -> bounce.init(parameters(Map.of("status", "550", "reason", "x"))))
                .hasMessageContaining("550");
        assertThatThrownBy(() -> bounce.init(parameters(Map.of("status", "5.7.1", "reason", "x", "code", "550"))))
                .hasMessageContaining("code");
    }
}
