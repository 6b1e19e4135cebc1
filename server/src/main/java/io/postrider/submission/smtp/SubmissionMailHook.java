package io.postrider.submission.smtp;

import io.postrider.bridge.Addresses;
import io.postrider.domain.SenderPolicy;
import io.postrider.domain.SenderPolicy.Verdict;
import io.postrider.mail.EmailAddress;
import io.postrider.server.smtp.PromptHook;
import io.postrider.server.smtp.SmtpReplies;
import io.postrider.store.StoreUnavailableException;
import io.postrider.submission.Submitter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.apache.james.core.MaybeSender;
import org.apache.james.protocols.api.ProtocolSession.AttachmentKey;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.MailHook;

/**
 * MAIL FROM: only from who is known, and only in the name of a sending domain of its tenant. What was allowed on a connection a moment ago is allowed again without
 * asking: at the end of the message the policy is asked in any case.
 */
public final class SubmissionMailHook implements MailHook, PromptHook {
    static final String AUTHENTICATE = "5.7.0 Authentication required; send STARTTLS, then AUTH";

    private static final AttachmentKey<Allowed> ALLOWED =
            AttachmentKey.of("postrider.allowedSenderDomain", Allowed.class);
    private static final long MOMENT = TimeUnit.SECONDS.toNanos(5);

    private final SenderPolicy policy;

    private record Allowed(String tenant, String domain, long since) {
        boolean isFresh() {
            return System.nanoTime() - since < MOMENT;
        }
    }

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
            if (reversePath.isPresent() && isAllowed(session, reversePath.get().domain())) {
                return HookResult.DECLINED;
            }
            Verdict verdict = policy.check(submitter.get().tenant(), reversePath);
            if (verdict instanceof Verdict.Refused refused) {
                return SmtpReplies.deny("550", refused.text());
            }
            reversePath.ifPresent(address -> session.setAttachment(
                    ALLOWED,
                    new Allowed(submitter.get().tenant(), address.domain(), System.nanoTime()),
                    State.Connection));
            return HookResult.DECLINED;
        } catch (IllegalArgumentException e) {
            return SmtpReplies.deny("553", "5.1.7 " + e.getMessage());
        } catch (StoreUnavailableException e) {
            return SmtpReplies.denySoft("451", "4.3.0 The sending domains cannot be asked now; try again in a minute");
        }
    }

    @Override
    public boolean isPrompt(SMTPSession session, String line) {
        int at = line.indexOf('@') + 1;
        int end = line.indexOf('>', at);
        return at > 0 && end > at && isAllowed(session, line.substring(at, end).toLowerCase(Locale.ROOT));
    }

    private static boolean isAllowed(SMTPSession session, String domain) {
        Optional<Allowed> allowed = session.getAttachment(ALLOWED, State.Connection);
        return allowed.isPresent()
                && allowed.get().domain().equals(domain)
                && allowed.get().isFresh()
                && SmtpSubmitter.of(session)
                        .filter(submitter ->
                                submitter.tenant().equals(allowed.get().tenant()))
                        .isPresent();
    }
}
