package io.postrider.submission.smtp;

import io.postrider.server.smtp.SmtpReplies;
import io.postrider.server.smtp.command.MailHandler;
import java.util.Optional;
import javax.inject.Inject;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.SMTPSession;

/** MAIL FROM on the submission port: who is not known hears that, before anything of the command is looked at. */
public final class SubmissionMailHandler extends MailHandler {
    @Inject
    SubmissionMailHandler(MetricFactory metrics) {
        super(metrics);
    }

    @Override
    protected Optional<Response> refusal(SMTPSession session) {
        return SmtpSubmitter.of(session).isPresent()
                ? Optional.empty()
                : Optional.of(SmtpReplies.response("530", SubmissionMailHook.AUTHENTICATE));
    }
}
