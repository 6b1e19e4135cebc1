package io.postrider.server.smtp;

import java.util.concurrent.CompletionStage;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.smtpserver.JamesMessageHook;
import org.apache.mailet.Mail;

/** A hook of messages that holds no thread while it waits for a disk. As one among others it is asked like any {@link JamesMessageHook}. */
public interface DeferredMessageHook extends JamesMessageHook {
    /** Whether {@link #decide} would not block now either. Does not block itself: the thread of the network may ask. */
    boolean isPrompt(SMTPSession session, Mail mail);

    /**
     * Decides about a message. The session is not to be used when this has returned; the mail is the hook's until the answer.
     *
     * @return the answer, given on any thread: what follows on it must not block
     */
    CompletionStage<HookResult> decide(SMTPSession session, Mail mail);

    @Override
    default HookResult onMessage(SMTPSession session, Mail mail) {
        return decide(session, mail).toCompletableFuture().join();
    }
}
