package io.postrider.submission.smtp;

import io.postrider.bridge.Addresses;
import io.postrider.server.smtp.SmtpReplies;
import io.postrider.submission.Submissions;
import javax.inject.Inject;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.RcptHook;

/** RCPT TO: any recipient for who is known, up to the limit. */
public final class SubmissionRcptHook implements RcptHook {
    private final Submissions submissions;

    @Inject
    SubmissionRcptHook(Submissions submissions) {
        this.submissions = submissions;
    }

    @Override
    public HookResult doRcpt(SMTPSession session, MaybeSender sender, MailAddress recipient) {
        if (SmtpSubmitter.of(session).isEmpty()) {
            return SmtpReplies.deny("530", "5.7.0 Authentication required; send STARTTLS, then AUTH");
        }
        if (session.getRcptCount() >= submissions.maxRecipients()) {
            return SmtpReplies.denySoft(
                    "452",
                    "4.5.3 Too many recipients; send the rest in another transaction (submission.maxRecipients is "
                            + submissions.maxRecipients() + ")");
        }
        try {
            return SmtpReplies.ok("250", "2.1.5 Recipient <" + Addresses.of(recipient) + "> OK");
        } catch (IllegalArgumentException e) {
            return SmtpReplies.deny("553", "5.1.3 " + e.getMessage());
        }
    }
}
