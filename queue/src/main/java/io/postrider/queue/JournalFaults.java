package io.postrider.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.util.IOExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens when a journal cannot be written, as when the disk is full. The broker's own handler stops the broker for most faults, until a person starts the node
 * again. This one refuses what comes, and tries the journals again each second until they take something.
 */
final class JournalFaults implements IOExceptionHandler {
    /** Writes both journals. */
    @FunctionalInterface
    interface Resumption {
        void resume() throws IOException;
    }

    private static final Logger LOGGER = LoggerFactory.getLogger(JournalFaults.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Resumption resumption;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean faulty;

    JournalFaults(Resumption resumption) {
        this.resumption = resumption;
    }

    @Override
    public void setBrokerService(BrokerService broker) {
        // It needs nothing of it.
    }

    @Override
    public synchronized void handle(IOException exception) {
        if (faulty || closed.getCount() == 0) {
            return;
        }
        faulty = true;
        LOGGER.error(
                "the queue cannot be written: mail is refused (452) until it can, which is tried each second",
                exception);
        Thread thread = new Thread(this::run, "journal-resumption");
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether the last write has failed, and none has succeeded since. */
    boolean isFaulty() {
        return faulty;
    }

    private void run() {
        try {
            while (!closed.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                if (resume()) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean resume() {
        try {
            resumption.resume();
            faulty = false;
            LOGGER.info("the queue can be written again");
            return true;
        } catch (IOException | RuntimeException e) {
            LOGGER.debug("the queue cannot be written yet", e);
            return false;
        }
    }

    void close() {
        closed.countDown();
    }
}
