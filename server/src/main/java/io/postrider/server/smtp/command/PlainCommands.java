package io.postrider.server.smtp.command;

import io.postrider.server.smtp.SmtpReplies;
import java.util.Collection;
import java.util.Set;
import org.apache.james.protocols.api.Request;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.api.handler.CommandHandler;
import org.apache.james.protocols.smtp.SMTPResponse;
import org.apache.james.protocols.smtp.SMTPSession;

/** The commands that need no hook: NOOP, RSET, HELP, VRFY, EXPN and QUIT (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.1.5">RFC 5321, from section 4.1.1.5</a>). */
public final class PlainCommands implements CommandHandler<SMTPSession> {
    private static final Set<String> COMMANDS = Set.of("NOOP", "RSET", "HELP", "VRFY", "EXPN", "QUIT");

    @Override
    public Collection<String> getImplCommands() {
        return COMMANDS;
    }

    @Override
    public Response onCommand(SMTPSession session, Request request) {
        return switch (request.getCommand()) {
            case "RSET" -> reset(session, request);
            case "HELP" ->
                SmtpReplies.response(
                        "214", "2.0.0 EHLO HELO STARTTLS AUTH MAIL RCPT DATA RSET NOOP VRFY QUIT; see RFC 5321");
            case "VRFY" ->
                SmtpReplies.response(
                        "252", "2.5.2 Addresses are not verified; send RCPT and see what becomes of the mail");
            case "QUIT" -> quit(session, request);
            case "EXPN" -> SmtpReplies.response("502", "5.5.1 There are no lists to expand here");
            default -> SmtpReplies.response("250", "2.0.0 OK");
        };
    }

    private static Response quit(SMTPSession session, Request request) {
        if (request.getArgument() != null) {
            return SmtpReplies.response("501", "5.5.4 QUIT takes no argument; send QUIT alone");
        }
        SMTPResponse response = SmtpReplies.response(
                "221", "2.0.0 " + session.getConfiguration().getHelloName() + " closes the connection");
        response.setEndSession(true);
        return response;
    }

    private static Response reset(SMTPSession session, Request request) {
        if (request.getArgument() != null) {
            return SmtpReplies.response("501", "5.5.4 RSET takes no argument; send RSET alone");
        }
        session.resetState();
        return SmtpReplies.response("250", "2.0.0 OK");
    }
}
