package io.postrider.server.pipeline;

import io.postrider.queue.BrokerMailQueueFactory;
import io.postrider.store.StoreUnavailableException;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.james.lifecycle.api.LifecycleUtil;
import org.apache.james.mailetcontainer.api.MailProcessor;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.apache.james.queue.api.MailQueue.MailQueueItem.CompletionStatus;
import org.apache.james.queue.api.MailQueueName;
import org.apache.mailet.Mail;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes mails from the spool through the pipeline. In place of James's own, which writes a failing mail back with all its recipients, also those that are on their
 * way already, and then acknowledges it.
 */
public final class Spooler implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Spooler.class);
    private static final Duration STOP = Duration.ofSeconds(3);

    private final BrokerMailQueueFactory queues;
    private final MailQueueName spool;
    private final MailProcessor pipeline;
    private volatile boolean interrupting;

    /**
     * @param threads mails in the pipeline at the same time
     */
    public Spooler(BrokerMailQueueFactory queues, MailQueueName spool, MailProcessor pipeline, int threads) {
        this.queues = queues;
        this.spool = spool;
        this.pipeline = pipeline;
        queues.work(spool, threads, this::process);
    }

    private void process(MailQueueItem item) {
        Mail mail = item.getMail();
        try {
            item.done(run(mail));
        } catch (Exception | LinkageError e) {
            LOGGER.error("mail {} stays in the queue until a restart", mail.getName(), e);
        } finally {
            LifecycleUtil.dispose(mail);
        }
    }

    private CompletionStatus run(Mail mail) {
        try {
            pipeline.service(mail);
            return CompletionStatus.SUCCESS;
        } catch (Exception | LinkageError e) {
            if (isStoreUnavailable(e)) {
                LOGGER.warn("mail {} is put off, as a store does not answer: {}", mail.getName(), e.getMessage());
                return CompletionStatus.RETRY;
            }
            if (interrupting) {
                LOGGER.warn("mail {} is put off, as the node stops", mail.getName());
                return CompletionStatus.RETRY;
            }
            LOGGER.error("mail {} failed in the pipeline", mail.getName(), e);
            mail.setErrorMessage(e.toString());
            return CompletionStatus.REJECT;
        }
    }

    private static boolean isStoreUnavailable(Throwable error) {
        return Stream.iterate(error, cause -> cause != null, Throwable::getCause)
                .anyMatch(StoreUnavailableException.class::isInstance);
    }

    /** When no more is taken from the queue: lets what is in the pipeline come to its end for a moment. What does not is interrupted, and put off. */
    @Override
    public void close() {
        try {
            if (!queues.awaitIdle(spool, STOP)) {
                LOGGER.warn("some mails did not come to the end of the pipeline within {}", STOP);
                interrupting = true;
                queues.interruptWork(spool);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
