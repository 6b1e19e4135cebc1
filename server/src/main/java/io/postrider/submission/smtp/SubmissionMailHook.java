package io.postrider.submission.smtp;

import io.postrider.bridge.Addresses;
import io.postrider.domain.SenderPolicy;
import io.postrider.domain.SenderPolicy.Verdict;
import io.postrider.mail.EmailAddress;
import io.postrider.server.smtp.SmtpReplies;
import io.postrider.store.StoreUnavailableException;
import io.postrider.submission.Submitter;
import java.util.Optional;
import javax.inject.Inject;
import org.apache.james.core.MaybeSender;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.MailHook;

/** MAIL FROM: only from who is known, and only in the name of a sending domain of its tenant. */
public final class SubmissionMailHook implements MailHook {
    static final String AUTHENTICATE = "5.7.0 Authentication required; send STARTTLS, then AUTH";

    private final SenderPolicy policy;

    @Inject
    SubmissionMailHook(SenderPolicy policy) {
        this.policy = policy;
    }

    @Override
    public HookResult doMail(SMTPSession session, MaybeSender sender) {
        Optional<Submitter> submitter = SmtpSubmitter.of(session);
        if (submitter.isEmpty()) {
            return SmtpReplies.deny("530", AUTHENTICATE);
        }
        try {
            Optional<EmailAddress> reversePath = Addresses.of(sender);
            Verdict verdict = policy.check(submitter.get().tenant(), reversePath);
            return verdict instanceof Verdict.Refused refused
                    ? SmtpReplies.deny("550", refused.text())
                    : HookResult.DECLINED;
        } catch (IllegalArgumentException e) {
            return SmtpReplies.deny("553", "5.1.7 " + e.getMessage());
        } catch (StoreUnavailableException e) {
            return SmtpReplies.denySoft("451", "4.3.0 The sending domains cannot be asked now; try again in a minute");
        }
    }
}
