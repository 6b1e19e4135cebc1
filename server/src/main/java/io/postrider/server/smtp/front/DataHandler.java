package io.postrider.server.smtp.front;

import io.postrider.bridge.Messages;
import io.postrider.server.smtp.DeferredMessageHook;
import io.postrider.server.smtp.PromptHook;
import io.postrider.server.smtp.SmtpReplies;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.mail.MessagingException;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.lifecycle.api.LifecycleUtil;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.api.Request;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.api.handler.CommandHandler;
import org.apache.james.protocols.api.handler.ExtensibleHandler;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.AbstractHookableCmdHandler;
import org.apache.james.protocols.smtp.core.log.HookResultLogger;
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
    private static final Response NOBODY =
            SmtpReplies.response("451", "4.3.5 Nothing here takes messages; its operator must look at smtpserver.xml");

    private List<JamesMessageHook> hooks = List.of();
    private List<HookResultHook> resultHooks = List.of();
    /** The last hook, when it holds no thread, and nobody before it or behind it does. */
    private Optional<DeferredMessageHook> deferred = Optional.empty();

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

    private FrontSession.Reception onMessage(SMTPSession session, byte[] message) {
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
        } catch (MessagingException e) {
            throw new IllegalStateException("a message of bytes was refused", e);
        }
        return new Received(session, mail);
    }

    private final class Received implements FrontSession.Reception {
        private final SMTPSession session;
        private final MailImpl mail;

        Received(SMTPSession session, MailImpl mail) {
            this.session = session;
            this.mail = mail;
        }

        @Override
        public boolean isPrompt() {
            return deferred.isPresent() && deferred.get().isPrompt(session, mail);
        }

        @Override
        public CompletionStage<Response> answer() {
            return decide().whenComplete((response, failure) -> LifecycleUtil.dispose(mail));
        }

        private CompletionStage<Response> decide() {
            for (JamesMessageHook hook : hooks) {
                long start = System.nanoTime();
                if (deferred.isPresent() && hook == deferred.get()) {
                    return deferred.get()
                            .decide(session, mail)
                            .thenApply(result ->
                                    response(session, result, hook, start).orElse(NOBODY));
                }
                Optional<Response> response = response(session, hook.onMessage(session, mail), hook, start);
                if (response.isPresent()) {
                    return CompletableFuture.completedStage(response.get());
                }
            }
            return CompletableFuture.completedStage(NOBODY);
        }
    }

    private Optional<Response> response(SMTPSession session, HookResult result, JamesMessageHook hook, long start) {
        long milliseconds = (System.nanoTime() - start) / 1_000_000;
        for (HookResultHook resultHook : resultHooks) {
            result = resultHook.onHookResult(session, result, milliseconds, hook);
        }
        return Optional.ofNullable(AbstractHookableCmdHandler.calcDefaultSMTPResponse(result))
                .map(SmtpReplies::withEnhancedCode);
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
        deferred = findDeferred();
    }

    private Optional<DeferredMessageHook> findDeferred() {
        int last = hooks.size() - 1;
        return last >= 0
                        && hooks.get(last) instanceof DeferredMessageHook hook
                        && hooks.subList(0, last).stream().allMatch(PromptHook.class::isInstance)
                        && resultHooks.stream().allMatch(HookResultLogger.class::isInstance)
                ? Optional.of(hook)
                : Optional.empty();
    }
}
