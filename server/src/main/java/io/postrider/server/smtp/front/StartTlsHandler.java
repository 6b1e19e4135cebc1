package io.postrider.server.smtp.front;

import io.postrider.server.smtp.SmtpReplies;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.james.protocols.api.Request;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.api.handler.CommandHandler;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.SMTPStartTlsResponse;
import org.apache.james.protocols.smtp.core.esmtp.EhloExtension;

/** STARTTLS (<a href="https://datatracker.ietf.org/doc/html/rfc3207">RFC 3207</a>). */
public final class StartTlsHandler implements CommandHandler<SMTPSession>, EhloExtension {
    private static final String COMMAND = "STARTTLS";
    private static final Response READY = new SMTPStartTlsResponse("220", "2.0.0 Ready to start TLS").immutable();

    @Override
    public Collection<String> getImplCommands() {
        return Set.of(COMMAND);
    }

    @Override
    public Response onCommand(SMTPSession session, Request request) {
        if (session.isTLSStarted()) {
            return SmtpReplies.response("503", "5.5.1 TLS is on already");
        }
        if (!session.isStartTLSSupported()) {
            return SmtpReplies.response("454", "4.7.0 TLS is not available now; try again later");
        }
        if (session.getUsername() != null) {
            // What was said in clear text must not count under TLS.
            return SmtpReplies.response("503", "5.5.1 Authenticated already; open another connection for TLS");
        }
        return request.getArgument() == null || request.getArgument().isEmpty()
                ? READY
                : SmtpReplies.response("501", "5.5.4 STARTTLS takes no argument; send STARTTLS alone");
    }

    @Override
    public List<String> getImplementedEsmtpFeatures(SMTPSession session) {
        return session.isStartTLSSupported() && !session.isTLSStarted() ? List.of(COMMAND) : List.of();
    }
}
