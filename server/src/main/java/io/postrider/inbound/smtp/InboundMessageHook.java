package io.postrider.inbound.smtp;

import io.postrider.bridge.Messages;
import io.postrider.mail.SmtpReply;
import io.postrider.server.smtp.SmtpReplies;
import io.postrider.submission.MessageRules;
import java.util.Optional;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.queue.api.MailQueue;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.smtpserver.JamesMessageHook;
import org.apache.mailet.Mail;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of DATA on the inbound port: what came back goes to the queue, for the {@code inbound} processor. */
public final class InboundMessageHook implements JamesMessageHook {
    private static final Logger LOGGER = LoggerFactory.getLogger(InboundMessageHook.class);
    private static final String PROCESSOR = "inbound";

    private final MessageRules rules;
    private final MailQueue spool;

    @Inject
    InboundMessageHook(MessageRules rules, MailQueueFactory<?> queues) {
        this.rules = rules;
        this.spool = queues.createQueue(MailQueueFactory.SPOOL);
    }

    @Override
    public HookResult onMessage(SMTPSession session, Mail mail) {
        try {
            // Reports are written by anybody's software: what is odd in them is for their reader to judge.
            Optional<SmtpReply> refusal = rules.refusalOfSize(Messages.rawOf(mail));
            if (refusal.isPresent()) {
                return SmtpReplies.deny(refusal.get());
            }
            mail.setState(PROCESSOR);
            spool.enQueue(mail);
            return SmtpReplies.ok("250", "2.6.0 Taken");
        } catch (MessagingException | RuntimeException e) {
            LOGGER.error("a message from outside could not be stored", e);
            return SmtpReplies.denySoft("451", "4.3.0 The message could not be stored; try again later");
        }
    }
}
