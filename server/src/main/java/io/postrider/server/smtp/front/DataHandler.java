package io.postrider.server.smtp.front;

import io.postrider.bridge.Messages;
import io.postrider.server.smtp.SmtpReplies;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import javax.mail.MessagingException;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.lifecycle.api.LifecycleUtil;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.api.Request;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.api.handler.CommandHandler;
import org.apache.james.protocols.api.handler.ExtensibleHandler;
import org.apache.james.protocols.smtp.SMTPResponse;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.AbstractHookableCmdHandler;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.HookResultHook;
import org.apache.james.server.core.MailImpl;
import org.apache.james.smtpserver.JamesMessageHook;

/**
 * DATA (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.1.4">RFC 5321, section 4.1.1.4</a>). The message is not parsed: {@link JamesMessageHook}s
 * get it as the bytes that came, with lines that end in CRLF. James's raw {@code MessageHook}s and {@code DataLineFilter}s are not asked.
 */
public final class DataHandler implements CommandHandler<SMTPSession>, ExtensibleHandler {
    private static final Set<String> COMMANDS = Set.of("DATA");

    private List<JamesMessageHook> hooks = List.of();
    private List<HookResultHook> resultHooks = List.of();

    @Override
    public Collection<String> getImplCommands() {
        return COMMANDS;
    }

    @Override
    public Response onCommand(SMTPSession session, Request request) {
        if (request.getArgument() != null && !request.getArgument().isEmpty()) {
            return SmtpReplies.response("501", "5.5.4 DATA takes no argument; send DATA alone");
        }
        if (session.getAttachment(SMTPSession.SENDER, State.Transaction).isEmpty()) {
            return SmtpReplies.response("503", "5.5.1 No sender yet; send MAIL FROM:<address> first");
        }
        if (session.getRcptCount() == 0) {
            return SmtpReplies.response("503", "5.5.1 No valid recipient yet; send RCPT TO:<address> first");
        }
        if (!(session instanceof FrontSession front)) {
            throw new IllegalStateException(session.getClass() + " (expected: a session of our own transport)");
        }
        front.expectMessage(message -> onMessage(session, message));
        return SmtpReplies.response("354", "Send the message; end it with CRLF.CRLF");
    }

    private Response onMessage(SMTPSession session, byte[] message) {
        List<MailAddress> recipients =
                session.getAttachment(SMTPSession.RCPT_LIST, State.Transaction).orElseGet(List::of);
        MailImpl mail = MailImpl.builder()
                .name(MailImpl.getId())
                .sender(session.getAttachment(SMTPSession.SENDER, State.Transaction)
                        .orElseGet(MaybeSender::nullSender))
                .addRecipients(recipients)
                .build();
        try {
            Messages.replace(mail, message);
            return decide(session, mail);
        } catch (MessagingException e) {
            throw new IllegalStateException("a message of bytes was refused", e);
        } finally {
            LifecycleUtil.dispose(mail);
        }
    }

    private Response decide(SMTPSession session, MailImpl mail) {
        for (JamesMessageHook hook : hooks) {
            long start = System.nanoTime();
            HookResult result = hook.onMessage(session, mail);
            long milliseconds = (System.nanoTime() - start) / 1_000_000;
            for (HookResultHook resultHook : resultHooks) {
                result = resultHook.onHookResult(session, result, milliseconds, hook);
            }
            SMTPResponse response = AbstractHookableCmdHandler.calcDefaultSMTPResponse(result);
            if (response != null) {
                return SmtpReplies.withEnhancedCode(response);
            }
        }
        return SmtpReplies.response(
                "451", "4.3.5 Nothing here takes messages; its operator must look at smtpserver.xml");
    }

    @Override
    public List<Class<?>> getMarkerInterfaces() {
        return List.of(JamesMessageHook.class, HookResultHook.class);
    }

    @Override
    @SuppressWarnings("unchecked")
    public void wireExtensions(Class<?> type, List<?> extensions) {
        if (type == JamesMessageHook.class) {
            hooks = List.copyOf((List<JamesMessageHook>) extensions);
        } else {
            resultHooks = List.copyOf((List<HookResultHook>) extensions);
        }
    }
}
