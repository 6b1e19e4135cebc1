package io.postrider.inbound.smtp;

import io.postrider.server.smtp.SmtpReplies;
import io.postrider.server.smtp.command.RcptHandler;
import javax.inject.Inject;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.api.Response;

/** RCPT TO on the inbound port. */
public final class InboundRcptHandler extends RcptHandler {
    private final Postmaster postmaster;

    @Inject
    InboundRcptHandler(MetricFactory metrics, Postmaster postmaster) {
        super(metrics);
        this.postmaster = postmaster;
    }

    @Override
    protected Response postmaster() {
        return postmaster.response();
    }

    @Override
    protected Response addressLiteral() {
        return SmtpReplies.response("550", InboundRcptHook.RELAYING_DENIED);
    }
}
