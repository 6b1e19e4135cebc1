package io.postrider.submission.smtp;

import io.postrider.bridge.AcceptedMail;
import io.postrider.bridge.Addresses;
import io.postrider.bridge.Messages;
import io.postrider.domain.SenderPolicy;
import io.postrider.mail.RawMessage;
import io.postrider.server.smtp.DeferredMessageHook;
import io.postrider.server.smtp.SmtpReplies;
import io.postrider.submission.Submissions;
import io.postrider.submission.Submissions.Result;
import io.postrider.submission.Submitter;
import io.postrider.trace.AcceptedMessage;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.queue.api.MailQueue;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.mailet.Mail;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** The end of DATA: decides, writes to the queue, and only then says yes. */
public final class SubmissionMessageHook implements DeferredMessageHook {
    private static final Logger LOGGER = LoggerFactory.getLogger(SubmissionMessageHook.class);
    private static final String TRY_AGAIN = "4.3.0 The message could not be stored; try again in a minute";

    private final Submissions submissions;
    private final SenderPolicy policy;
    private final MailQueue spool;

    @Inject
    SubmissionMessageHook(Submissions submissions, SenderPolicy policy, MailQueueFactory<?> queues) {
        this.submissions = submissions;
        this.policy = policy;
        this.spool = queues.createQueue(MailQueueFactory.SPOOL);
    }

    @Override
    public boolean isPrompt(SMTPSession session, Mail mail) {
        try {
            return policy.isPrompt(Addresses.of(mail.getMaybeSender()), Messages.rawOf(mail));
        } catch (IllegalArgumentException | MessagingException e) {
            return false; // It is for the decision to say what is wrong.
        }
    }

    @Override
    public CompletionStage<HookResult> decide(SMTPSession session, Mail mail) {
        Optional<Submitter> submitter = SmtpSubmitter.of(session);
        if (submitter.isEmpty()) {
            return CompletableFuture.completedStage(SmtpReplies.deny("530", SubmissionMailHook.AUTHENTICATE));
        }
        return submit(submitter.get(), mail)
                .handle((result, failure) -> failure == null ? reply(result) : notTaken(submitter.get(), failure));
    }

    private CompletionStage<Result> submit(Submitter submitter, Mail mail) {
        try {
            RawMessage message = Messages.rawOf(mail);
            return submissions.submit(
                    submitter,
                    Addresses.of(mail.getMaybeSender()),
                    Addresses.of(mail.getRecipients()),
                    message,
                    accepted -> enqueue(mail, message, accepted));
        } catch (MessagingException | RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private CompletionStage<Void> enqueue(Mail mail, RawMessage message, AcceptedMessage accepted) {
        try {
            // What the policy has seen is what is queued.
            Messages.replace(mail, message);
            mail.setRecipients(
                    accepted.recipients().stream().map(Addresses::toJames).toList());
            mail.setState(Mail.DEFAULT);
            AcceptedMail.stamp(mail, accepted);
            return Mono.from(spool.enqueueReactive(mail)).toFuture();
        } catch (MessagingException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private static HookResult notTaken(Submitter submitter, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof IllegalArgumentException) {
            return SmtpReplies.deny("554", "5.6.0 " + cause.getMessage());
        }
        if (cause instanceof MailQueue.MailQueueException) {
            LOGGER.error("a message of {} could not be stored", submitter, cause);
            return SmtpReplies.denySoft("452", TRY_AGAIN);
        }
        LOGGER.error("a message of {} could not be taken", submitter, cause);
        return SmtpReplies.denySoft("451", TRY_AGAIN);
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
