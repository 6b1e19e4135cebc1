package io.postrider.domain.matcher;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import io.postrider.domain.SenderPolicy;
import io.postrider.domain.SenderPolicy.Verdict;
import java.util.Collection;
import java.util.List;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.james.core.MailAddress;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMatcher;

/**
 * Matches all recipients of a mail that its tenant may not send, and notes why in the attribute {@code postrider.refusal}. Takes no condition.
 *
 * <pre>{@code <mailet match="io.postrider.domain.matcher.BreaksSenderPolicy" class="…"/>}</pre>
 */
public final class BreaksSenderPolicy extends GenericMatcher {
    private final SenderPolicy policy;

    @Inject
    BreaksSenderPolicy(SenderPolicy policy) {
        this.policy = policy;
    }

    @Override
    public void init() throws MessagingException {
        String condition = getCondition();
        if (condition != null && !condition.isBlank()) {
            throw new MessagingException("BreaksSenderPolicy: condition '" + condition + "' (expected: none)");
        }
    }

    @Override
    public Collection<MailAddress> match(Mail mail) throws MessagingException {
        Verdict verdict = policy.check(
                MailAttributes.TENANT.require(mail), Addresses.of(mail.getMaybeSender()), Messages.rawOf(mail));
        if (verdict instanceof Verdict.Refused refused) {
            MailAttributes.REFUSAL.set(mail, refused.text());
            return mail.getRecipients();
        }
        MailAttributes.REFUSAL.remove(mail); // an earlier attempt may have left it
        return List.of();
    }
}
