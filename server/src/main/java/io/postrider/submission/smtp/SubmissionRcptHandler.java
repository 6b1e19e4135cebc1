package io.postrider.submission.smtp;

import io.postrider.server.smtp.SmtpReplies;
import io.postrider.server.smtp.command.RcptHandler;
import javax.inject.Inject;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.api.Response;

/** RCPT TO on the submission port. */
public final class SubmissionRcptHandler extends RcptHandler {
    @Inject
    SubmissionRcptHandler(MetricFactory metrics) {
        super(metrics);
    }

    @Override
    protected Response postmaster() {
        return SmtpReplies.response(
                "550", "5.1.1 There is no mailbox postmaster here; send RCPT TO:<postmaster@domain>");
    }

    @Override
    protected Response addressLiteral() {
        return SmtpReplies.response(
                "550", "5.1.2 Recipients at IPv6 address literals are not taken; use the address of a domain");
    }
}
