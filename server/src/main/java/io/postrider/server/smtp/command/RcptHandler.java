package io.postrider.server.smtp.command;

import io.postrider.bridge.Addresses;
import io.postrider.mail.SmtpPath;
import io.postrider.mail.SmtpPathArgument;
import io.postrider.mail.SmtpSyntaxException;
import io.postrider.server.smtp.SmtpReplies;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.api.ProtocolSession.AttachmentKey;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.SMTPRetCode;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.AbstractHookableCmdHandler;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.RcptHook;
import org.jspecify.annotations.Nullable;

/**
 * RCPT TO (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.1.3">RFC 5321, section 4.1.1.3</a>). A source route before an address is dropped, so
 * nothing is ever relayed by one. Parameters belong to the {@link RcptHook}s that name them; one that nobody names is refused.
 */
public abstract class RcptHandler extends AbstractHookableCmdHandler<RcptHook> {
    private static final Set<String> COMMANDS = Set.of("RCPT");

    /** The recipient of the command that is being worked on, and its parameters. */
    private record Candidate(MailAddress recipient, Map<String, String> parameters) {}

    private static final AttachmentKey<Candidate> CANDIDATE = AttachmentKey.of("postrider.recipient", Candidate.class);

    protected RcptHandler(MetricFactory metrics) {
        super(metrics);
    }

    /** What to answer to {@code RCPT TO:<postmaster>}, the one recipient without a domain; there are no mailboxes here. */
    protected abstract Response postmaster();

    /** What to answer to a recipient of an address literal that James cannot hold. */
    protected abstract Response addressLiteral();

    @Override
    public Collection<String> getImplCommands() {
        return COMMANDS;
    }

    @Override
    protected @Nullable Response doFilterChecks(SMTPSession session, String command, @Nullable String argument) {
        if (session.getAttachment(SMTPSession.SENDER, State.Transaction).isEmpty()) {
            return SmtpReplies.response("503", "5.5.1 No mail transaction; send MAIL FROM first");
        }
        try {
            SmtpPathArgument parsed =
                    SmtpPathArgument.parse(SmtpPathArgument.Command.RCPT, argument == null ? "" : argument);
            for (String name : parsed.parameters().keySet()) {
                if (getHooks().stream()
                        .noneMatch(hook -> hook.supportedParameters().contains(name))) {
                    return SmtpReplies.response(
                            "555", "5.5.4 RCPT parameter " + name + " is not known here; leave it out");
                }
            }
            return open(session, parsed).orElse(null);
        } catch (SmtpSyntaxException e) {
            return SmtpReplies.response(e);
        }
    }

    private Optional<Response> open(SMTPSession session, SmtpPathArgument argument) {
        if (argument.path() instanceof SmtpPath.Postmaster) {
            return Optional.of(postmaster());
        }
        if (!(argument.path() instanceof SmtpPath.Mailbox mailbox)) {
            throw new SmtpSyntaxException(501, "5.1.3 <> is no recipient; send RCPT TO:<local-part@domain>");
        }
        MailAddress recipient;
        try {
            recipient = Addresses.toJames(mailbox.address());
        } catch (IllegalArgumentException e) {
            return Optional.of(addressLiteral());
        }
        session.setAttachment(CANDIDATE, new Candidate(recipient, argument.parameters()), State.Transaction);
        return Optional.empty();
    }

    @Override
    protected Response doCoreCmd(SMTPSession session, String command, String argument) {
        MailAddress recipient = candidate(session).recipient();
        List<MailAddress> recipients =
                session.getAttachment(SMTPSession.RCPT_LIST, State.Transaction).orElseGet(ArrayList::new);
        recipients.add(recipient);
        session.setAttachment(SMTPSession.RCPT_LIST, recipients, State.Transaction);
        return SmtpReplies.response(SMTPRetCode.MAIL_OK, "2.1.5 Recipient <" + Addresses.of(recipient) + "> OK");
    }

    @Override
    protected Class<RcptHook> getHookInterface() {
        return RcptHook.class;
    }

    @Override
    protected HookResult callHook(RcptHook hook, SMTPSession session, String argument) {
        MaybeSender sender =
                session.getAttachment(SMTPSession.SENDER, State.Transaction).orElse(MaybeSender.nullSender());
        Candidate candidate = candidate(session);
        return hook.doRcpt(session, sender, candidate.recipient(), candidate.parameters());
    }

    private static Candidate candidate(SMTPSession session) {
        return session.getAttachment(CANDIDATE, State.Transaction)
                .orElseThrow(() -> new IllegalStateException("a hook is asked before there is a recipient"));
    }
}
