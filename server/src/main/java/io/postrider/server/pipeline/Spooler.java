package io.postrider.server.pipeline;

import io.postrider.store.StoreUnavailableException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.james.lifecycle.api.LifecycleUtil;
import org.apache.james.mailetcontainer.api.MailProcessor;
import org.apache.james.queue.api.MailQueue;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.apache.james.queue.api.MailQueue.MailQueueItem.CompletionStatus;
import org.apache.mailet.Mail;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Takes mails from the spool through the pipeline. In place of James's own, which writes a failing mail back with all its recipients, also those that are on their
 * way already, and then acknowledges it.
 */
public final class Spooler implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Spooler.class);
    private static final int MAX_QUEUED_TASKS = 100_000;
    private static final Duration STOP = Duration.ofSeconds(3);

    private final MailProcessor pipeline;
    private final Scheduler scheduler;
    private final Disposable subscription;
    private final Sinks.Empty<Void> stop = Sinks.empty();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean interrupting;

    /**
     * @param threads mails in the pipeline at the same time
     */
    public Spooler(MailQueue spool, MailProcessor pipeline, int threads) {
        this.pipeline = pipeline;
        this.scheduler = Schedulers.newBoundedElastic(threads, MAX_QUEUED_TASKS, "spooler");
        this.subscription = Flux.from(spool.deQueue())
                .takeUntilOther(stop.asMono())
                .flatMap(item -> Mono.fromRunnable(() -> process(item)).subscribeOn(scheduler), threads)
                .doFinally(signal -> ended.countDown())
                .subscribe(
                        any -> {}, error -> LOGGER.error("the spooler has stopped; mail waits until a restart", error));
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

    /** Takes no more, and lets what is in the pipeline come to its end for a moment. What does not is interrupted, and put off. */
    @Override
    public void close() {
        stop.tryEmitEmpty();
        try {
            if (!ended.await(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                LOGGER.warn("some mails did not come to the end of the pipeline within {}", STOP);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        interrupting = true;
        subscription.dispose();
        scheduler.dispose();
    }
}
