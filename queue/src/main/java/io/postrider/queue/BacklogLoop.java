package io.postrider.queue;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.MailCodec;
import io.postrider.bridge.MailParcel;
import io.postrider.dispatch.BacklogStore;
import io.postrider.dispatch.Backlogs;
import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.dispatch.EntryHead;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.store.StoreUnavailableException;
import java.time.Duration;
import java.util.Optional;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes from the backlogs what has its turn, and gives it to who asked for the mails of the spool. One thread. */
final class BacklogLoop implements Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(BacklogLoop.class);
    private static final Duration POLL = Duration.ofMillis(500);

    private final DequeueLoop spool;
    private final Dispatcher dispatcher;
    private final Backlogs backlogs;

    private BacklogLoop(DequeueLoop spool, Dispatcher dispatcher) {
        this.spool = spool;
        this.dispatcher = dispatcher;
        this.backlogs = dispatcher.backlogs();
    }

    /** Goes on until nothing is taken from the spool any more. */
    static void start(DequeueLoop spool, Dispatcher dispatcher) {
        Thread thread = new Thread(new BacklogLoop(spool, dispatcher), "backlogs");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void run() {
        try {
            while (spool.awaitDemand()) {
                step();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void step() throws InterruptedException {
        if (!dispatcher.awaitRoom(POLL)) {
            return;
        }
        try {
            Optional<Backlogs.Taken> taken = backlogs.take();
            if (taken.isPresent()) {
                bringIntoWork(taken.get());
            } else {
                backlogs.awaitChange(POLL);
            }
        } catch (QueueUnavailableException e) {
            LOGGER.warn("the backlogs wait: {}", e.getMessage());
            pause();
        } catch (RuntimeException e) {
            LOGGER.error("the backlogs cannot be read; they are tried again in a moment", e);
            pause();
        }
    }

    private synchronized void pause() throws InterruptedException {
        long start = System.nanoTime();
        for (long left = POLL.toMillis(); left > 0; left = POLL.toMillis() - (System.nanoTime() - start) / 1_000_000) {
            wait(left);
        }
    }

    private void bringIntoWork(Backlogs.Taken taken) {
        BacklogStore.Resting entry = taken.entry();
        try {
            MailCodec.Decoded decoded = MailCodec.read(entry.mail());
            MailImpl mail = decoded.mail();
            EntryHead head = new EntryHead(
                    entry.id(),
                    entry.message(),
                    entry.writtenAt(),
                    false,
                    entry.mail().length,
                    Addresses.of(mail.getRecipients()));
            Admission admission = dispatcher.admit(head, MailParcel.of(entry.mail(), decoded), taken);
            if (admission instanceof Admission.Later) {
                taken.putBackForAMoment();
            }
            if (admission instanceof Admission.Work work) {
                mail.setRecipients(
                        work.recipients().stream().map(Addresses::toJames).toList());
                MailAttributes.ENTRY_ID.set(mail, entry.id());
                spool.giveOrGiveBack(new DequeueLoop.TrackedItem(mail, entry.id(), dispatcher));
            }
        } catch (StoreUnavailableException | QueueUnavailableException e) {
            LOGGER.warn("the backlog of {} waits: {}", entry.backlog().lane(), e.getMessage());
            taken.putBackForAMoment();
        } catch (MessagingException | RuntimeException e) {
            LOGGER.error(
                    "entry {} of the backlog of {} cannot be read; it stays there until the next start",
                    entry.id(),
                    entry.backlog().lane(),
                    e);
            taken.setAside();
        }
    }
}
