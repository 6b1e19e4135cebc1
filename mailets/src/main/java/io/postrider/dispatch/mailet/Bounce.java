package io.postrider.dispatch.mailet;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.dispatch.Verdicts;
import io.postrider.mail.EnhancedStatusCode;
import java.util.Optional;
import java.util.Set;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;

/**
 * Ends the deliveries of a mail: each of its recipients gets the final state {@code bounced}, then the mail is dropped. When a matcher said in
 * {@code postrider.refusal} why it refused the mail, the trace shows that and not the reason given here.
 *
 * <pre>{@code
 * <mailet match="io.postrider.domain.matcher.BreaksSenderPolicy" class="io.postrider.dispatch.mailet.Bounce">
 *   <status>5.7.1</status>
 *   <reason>the sender is not one of the tenant's</reason>
 * </mailet>
 * }</pre>
 */
public final class Bounce extends GenericMailet {
    private final Verdicts verdicts;
    private EnhancedStatusCode status = new EnhancedStatusCode(5, 0, 0);
    private String reason = "";

    @Inject
    Bounce(Verdicts verdicts) {
        this.verdicts = verdicts;
    }

    @Override
    public void init() throws MessagingException {
        checkInitParameters(Set.of("status", "reason"));
        reason = required("reason");
        String text = required("status");
        try {
            status = EnhancedStatusCode.parse(text);
        } catch (IllegalArgumentException e) {
            throw new MessagingException("Bounce: status: " + e.getMessage(), e);
        }
        if (status.statusClass() != 5) {
            throw new MessagingException("Bounce: status: '" + text + "' (expected: 5.y.z, as it is final)");
        }
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        Optional<String> refusal = MailAttributes.REFUSAL.find(mail);
        verdicts.bounce(
                MailAttributes.ENTRY_ID.require(mail),
                MailAttributes.MESSAGE_ID.require(mail),
                Addresses.of(mail.getRecipients()),
                status,
                refusal.orElse(reason));
        mail.setState(Mail.GHOST);
    }

    private String required(String name) throws MessagingException {
        return getInitParameterAsOptional(name)
                .orElseThrow(() -> new MessagingException("Bounce: " + name + ": absent (expected: a value)"));
    }
}
