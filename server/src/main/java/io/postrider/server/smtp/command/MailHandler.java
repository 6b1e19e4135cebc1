package io.postrider.server.smtp.command;

import io.postrider.bridge.Addresses;
import io.postrider.mail.SmtpPath;
import io.postrider.mail.SmtpPathArgument;
import io.postrider.mail.SmtpSyntaxException;
import io.postrider.server.smtp.SmtpReplies;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.inject.Inject;
import org.apache.james.core.MaybeSender;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.api.Request;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.SMTPRetCode;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.AbstractHookableCmdHandler;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.MailHook;
import org.apache.james.protocols.smtp.hook.MailParametersHook;
import org.jspecify.annotations.Nullable;

/**
 * MAIL FROM (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.1.2">RFC 5321, section 4.1.1.2</a>). Parameters belong to the {@link
 * MailParametersHook} that names them; one that nobody names is refused. A refused MAIL leaves the session as it was: without a transaction, or in the one
 * that it has.
 */
public class MailHandler extends AbstractHookableCmdHandler<MailHook> {
    private static final Set<String> COMMANDS = Set.of("MAIL");

    private final Map<String, MailParametersHook> parameterHooks = new HashMap<>();

    @Inject
    public MailHandler(MetricFactory metrics) {
        super(metrics);
    }

    /** What to answer before the argument is looked at; empty to go on. */
    protected Optional<Response> refusal(SMTPSession session) {
        return Optional.empty();
    }

    @Override
    public Collection<String> getImplCommands() {
        return COMMANDS;
    }

    @Override
    public Response onCommand(SMTPSession session, Request request) {
        if (session.getAttachment(SMTPSession.SENDER, State.Transaction).isPresent()) {
            return SmtpReplies.response(
                    "503", "5.5.1 A mail transaction is open; go on with RCPT and DATA, or send RSET first");
        }
        Response response = super.onCommand(session, request);
        if (!response.getRetCode().equals(SMTPRetCode.MAIL_OK)) {
            session.resetState();
        }
        return response;
    }

    @Override
    protected @Nullable Response doFilterChecks(SMTPSession session, String command, @Nullable String argument) {
        if (session.getConfiguration().useHeloEhloEnforcement()
                && session.getAttachment(SMTPSession.CURRENT_HELO_MODE, State.Connection)
                        .isEmpty()) {
            return SmtpReplies.response("503", "5.5.1 No EHLO yet; send EHLO your.host.name first");
        }
        return refusal(session)
                .or(() -> open(session, argument == null ? "" : argument))
                .orElse(null);
    }

    private Optional<Response> open(SMTPSession session, String text) {
        try {
            SmtpPathArgument argument = SmtpPathArgument.parse(SmtpPathArgument.Command.MAIL, text);
            for (Map.Entry<String, String> parameter : argument.parameters().entrySet()) {
                Optional<Response> refused = apply(session, parameter.getKey(), parameter.getValue());
                if (refused.isPresent()) {
                    return refused;
                }
            }
            session.setAttachment(SMTPSession.SENDER, senderOf(argument.path()), State.Transaction);
            return Optional.empty();
        } catch (SmtpSyntaxException e) {
            return Optional.of(SmtpReplies.response(e));
        }
    }

    private Optional<Response> apply(SMTPSession session, String name, String value) {
        MailParametersHook hook = parameterHooks.get(name);
        if (hook == null) {
            throw new SmtpSyntaxException(555, "5.5.4 MAIL parameter " + name + " is not known here; leave it out");
        }
        return Optional.ofNullable(calcDefaultSMTPResponse(hook.doMailParameter(session, name, value)));
    }

    private static MaybeSender senderOf(SmtpPath path) {
        if (!(path instanceof SmtpPath.Mailbox mailbox)) {
            return MaybeSender.nullSender();
        }
        try {
            return MaybeSender.of(Addresses.toJames(mailbox.address()));
        } catch (IllegalArgumentException e) {
            throw new SmtpSyntaxException(
                    553, "5.1.7 Address literals of IPv6 are not taken as senders; use the address of a domain");
        }
    }

    @Override
    protected Response doCoreCmd(SMTPSession session, String command, String argument) {
        String sender = session.getAttachment(SMTPSession.SENDER, State.Transaction)
                .map(maybe -> maybe.asString(""))
                .orElse("");
        return SmtpReplies.response(SMTPRetCode.MAIL_OK, "2.1.0 Sender <" + sender + "> OK");
    }

    @Override
    protected Class<MailHook> getHookInterface() {
        return MailHook.class;
    }

    @Override
    protected HookResult callHook(MailHook hook, SMTPSession session, String argument) {
        return hook.doMail(
                session,
                session.getAttachment(SMTPSession.SENDER, State.Transaction).orElse(MaybeSender.nullSender()));
    }

    @Override
    public List<Class<?>> getMarkerInterfaces() {
        List<Class<?>> interfaces = super.getMarkerInterfaces();
        interfaces.add(MailParametersHook.class);
        return interfaces;
    }

    /** The first hook that names a parameter has it. */
    @Override
    public void wireExtensions(Class<?> type, List<?> wired) {
        if (type.equals(MailParametersHook.class)) {
            for (Object hook : wired) {
                for (String name : ((MailParametersHook) hook).getMailParamNames()) {
                    parameterHooks.putIfAbsent(name, (MailParametersHook) hook);
                }
            }
        } else {
            super.wireExtensions(type, wired);
        }
    }
}
