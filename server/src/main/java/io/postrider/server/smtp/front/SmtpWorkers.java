package io.postrider.server.smtp.front;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that commands run on, of all connections. Each connection has one task at most in its queue. */
final class SmtpWorkers implements Executor {
    private static final Logger LOGGER = LoggerFactory.getLogger(SmtpWorkers.class);
    private static final int IDLE_SECONDS = 60;

    private final ThreadPoolExecutor threads;

    SmtpWorkers(int count) {
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                count, count, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "smtp-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            LOGGER.debug("a command came after the end", e);
        }
    }

    void stop() {
        threads.shutdown();
    }
}
