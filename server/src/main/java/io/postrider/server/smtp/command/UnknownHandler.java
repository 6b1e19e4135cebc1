package io.postrider.server.smtp.command;

import io.postrider.server.smtp.SmtpReplies;
import javax.inject.Inject;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.UnknownCmdHandler;

/** Any other command. */
public final class UnknownHandler extends UnknownCmdHandler {
    private static final int SHOWN = 20;

    @Inject
    UnknownHandler(MetricFactory metrics) {
        super(metrics);
    }

    @Override
    protected Response doCoreCmd(SMTPSession session, String command, String argument) {
        String shown = command.length() > SHOWN ? command.substring(0, SHOWN) + "..." : command;
        return SmtpReplies.response(
                "500", "5.5.1 Command '" + shown + "' is not known here; send HELP for those that are");
    }
}
