package io.postrider.submission.smtp;

import io.postrider.bridge.Addresses;
import io.postrider.mail.EmailAddress;
import io.postrider.server.config.Settings;
import io.postrider.server.smtp.PromptHook;
import io.postrider.server.smtp.SmtpReplies;
import io.postrider.submission.Submissions;
import javax.inject.Inject;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.RcptHook;

/** RCPT TO: any recipient with a domain for who is known, up to the limit. */
public final class SubmissionRcptHook implements RcptHook, PromptHook {
    private final Submissions submissions;
    private final boolean addressLiterals;

    @Inject
    SubmissionRcptHook(Submissions submissions, Settings settings) {
        this.submissions = submissions;
        this.addressLiterals = settings.rules().addressLiterals();
    }

    @Override
    public HookResult doRcpt(SMTPSession session, MaybeSender sender, MailAddress recipient) {
        if (SmtpSubmitter.of(session).isEmpty()) {
            return SmtpReplies.deny("530", SubmissionMailHook.AUTHENTICATE);
        }
        if (session.getRcptCount() >= submissions.maxRecipients()) {
            return SmtpReplies.denySoft(
                    "452",
                    "4.5.3 Too many recipients; send the rest in another transaction (submission.maxRecipients is "
                            + submissions.maxRecipients() + ")");
        }
        try {
            EmailAddress address = Addresses.of(recipient);
            if (address.isAtAddressLiteral() && !addressLiterals) {
                return SmtpReplies.deny(
                        "550",
                        "5.1.2 Recipients at address literals are not taken; use the address of a domain, or set"
                                + " submission.addressLiterals");
            }
            return SmtpReplies.ok("250", "2.1.5 Recipient <" + address + "> OK");
        } catch (IllegalArgumentException e) {
            return SmtpReplies.deny("553", "5.1.3 " + e.getMessage());
        }
    }
}
