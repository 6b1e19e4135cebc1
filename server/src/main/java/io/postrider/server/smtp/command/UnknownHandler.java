package io.postrider.server.smtp.command;

import io.postrider.server.smtp.SmtpReplies;
import java.util.Set;
import javax.inject.Inject;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.SMTPResponse;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.UnknownCmdHandler;

/**
 * Any other command. A request or a header field of HTTP ends the session: whoever gets a browser or an app of a trusted network to send a request here would
 * else have its body taken for commands.
 */
public final class UnknownHandler extends UnknownCmdHandler {
    private static final int SHOWN = 20;
    private static final Set<String> HTTP_METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

    @Inject
    UnknownHandler(MetricFactory metrics) {
        super(metrics);
    }

    @Override
    protected Response doCoreCmd(SMTPSession session, String command, String argument) {
        if (HTTP_METHODS.contains(command) || command.endsWith(":")) {
            SMTPResponse response =
                    SmtpReplies.response("421", "4.7.0 This port speaks SMTP and got a line of HTTP; closing");
            response.setEndSession(true);
            return response;
        }
        if (command.isEmpty()) {
            return SmtpReplies.response("500", "5.5.2 The line is empty or begins with a blank; send a command");
        }
        String shown = command.length() > SHOWN ? command.substring(0, SHOWN) + "..." : command;
        return SmtpReplies.response(
                "500", "5.5.1 Command '" + shown + "' is not known here; send HELP for those that are");
    }
}
