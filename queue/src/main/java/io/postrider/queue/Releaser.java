package io.postrider.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.jms.JMSException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves what has waited for its time to its queue, a page after the other. In place of the broker's own thread for it, which drops what it cannot write, and holds
 * the journal's lock over all that is due. An entry goes out of the one journal when it is on disk in the other: a death in between leaves it in both, and the second
 * then owns nothing.
 */
final class Releaser implements Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Releaser.class);
    private static final int PAGE = 200;
    /** How long it looks away, when nothing is due or the journal takes nothing. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final EmbeddedBroker broker;
    private final StoredQueue queue;
    private final Transactions transactions;

    private Releaser(EmbeddedBroker broker, StoredQueue queue) {
        this.broker = broker;
        this.queue = queue;
        this.transactions = new Transactions(broker);
    }

    /** Goes on until the broker stops. */
    static void start(EmbeddedBroker broker, StoredQueue queue) {
        Thread thread = new Thread(new Releaser(broker, queue), "release-" + queue.name());
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void run() {
        boolean failing = false;
        try {
            while (broker.isRunning()) {
                try {
                    releaseAllDue();
                    if (failing) {
                        LOGGER.info("queue {}: what has waited for its time is released again", queue.name());
                    }
                    failing = false;
                    queue.time().awaitDue(PAUSE);
                } catch (InterruptedException e) {
                    throw e;
                } catch (Exception e) {
                    if (!failing && broker.isRunning()) {
                        LOGGER.error(
                                "queue {}: what has waited for its time waits on, as it cannot be moved",
                                queue.name(),
                                e);
                    }
                    failing = true;
                    broker.awaitClose(PAUSE);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void releaseAllDue() throws Exception {
        boolean more = true;
        while (more && broker.isRunning()) {
            queue.time().moving().lock();
            try {
                List<TimeEntries.Waiting> due = queue.time().due(PAGE);
                copy(due);
                queue.time().remove(due);
                more = !due.isEmpty();
            } finally {
                queue.time().moving().unlock();
            }
        }
    }

    private void copy(List<TimeEntries.Waiting> due) throws JMSException {
        List<EntryMessage.Outgoing> copies = new ArrayList<>();
        for (TimeEntries.Waiting entry : due) {
            copies.add(EntryMessage.asWritten(entry.message()));
        }
        transactions.write(copies);
    }
}
