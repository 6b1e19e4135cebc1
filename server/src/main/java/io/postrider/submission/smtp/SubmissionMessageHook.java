package io.postrider.submission.smtp;

import io.postrider.bridge.AcceptedMail;
import io.postrider.bridge.Addresses;
import io.postrider.bridge.Messages;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.RawMessage;
import io.postrider.server.smtp.SmtpReplies;
import io.postrider.submission.Submissions;
import io.postrider.submission.Submissions.Result;
import io.postrider.submission.Submitter;
import io.postrider.trace.AcceptedMessage;
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

/** The end of DATA: decides, writes to the queue, and only then says yes. */
public final class SubmissionMessageHook implements JamesMessageHook {
    private static final Logger LOGGER = LoggerFactory.getLogger(SubmissionMessageHook.class);
    private static final String TRY_AGAIN = "4.3.0 The message could not be stored; try again in a minute";

    private final Submissions submissions;
    private final MailQueue spool;

    @Inject
    SubmissionMessageHook(Submissions submissions, MailQueueFactory<?> queues) {
        this.submissions = submissions;
        this.spool = queues.createQueue(MailQueueFactory.SPOOL);
    }

    @Override
    public HookResult onMessage(SMTPSession session, Mail mail) {
        Optional<Submitter> submitter = SmtpSubmitter.of(session);
        if (submitter.isEmpty()) {
            return SmtpReplies.deny("530", SubmissionMailHook.AUTHENTICATE);
        }
        try {
            return reply(submit(submitter.get(), mail));
        } catch (IllegalArgumentException e) {
            return SmtpReplies.deny("554", "5.6.0 " + e.getMessage());
        } catch (QueueUnavailableException e) {
            LOGGER.error("a message of {} could not be stored", submitter.get(), e);
            return SmtpReplies.denySoft("452", TRY_AGAIN);
        } catch (MessagingException | RuntimeException e) {
            LOGGER.error("a message of {} could not be taken", submitter.get(), e);
            return SmtpReplies.denySoft("451", TRY_AGAIN);
        }
    }

    private Result submit(Submitter submitter, Mail mail) throws MessagingException {
        RawMessage message = Messages.rawOf(mail);
        Optional<EmailAddress> reversePath = Addresses.of(mail.getMaybeSender());
        return submissions.submit(
                submitter,
                reversePath,
                Addresses.of(mail.getRecipients()),
                message,
                accepted -> enqueue(mail, message, accepted));
    }

    private void enqueue(Mail mail, RawMessage message, AcceptedMessage accepted) {
        try {
            // What the policy has seen is what is queued.
            Messages.replace(mail, message);
            mail.setRecipients(
                    accepted.recipients().stream().map(Addresses::toJames).toList());
            mail.setState(Mail.DEFAULT);
            AcceptedMail.stamp(mail, accepted);
            spool.enQueue(mail);
        } catch (MessagingException e) {
            throw new QueueUnavailableException("write message " + accepted.id(), e);
        }
    }

    private static HookResult reply(Result result) {
        if (result instanceof Result.Accepted accepted) {
            return SmtpReplies.ok("250", "2.6.0 " + accepted.message().id() + " queued");
        }
        if (result instanceof Result.Refused refused) {
            return SmtpReplies.deny(refused.reply());
        }
        return SmtpReplies.denySoft(((Result.NotNow) result).reply());
    }
}
