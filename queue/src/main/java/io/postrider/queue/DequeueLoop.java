package io.postrider.queue;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.MailCodec;
import io.postrider.bridge.MailParcel;
import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.dispatch.EntryHead;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.mail.MessageId;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.EntryId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import javax.jms.Connection;
import javax.jms.ConnectionFactory;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.mail.MessagingException;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.server.core.MailImpl;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes entries from one queue and gives them to who asked for them: one thread, one long-lived consumer, nothing taken that nobody asked for. An entry that
 * could not be given away, or was given back, comes first the next time. A connection that breaks is made
 * again.
 */
final class DequeueLoop implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(DequeueLoop.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private final String queue;
    private final TurnEntries turn;
    private final ConnectionFactory factory;
    private final BrokerEntryQueue entries;
    private final Optional<Dispatcher> dispatcher;
    private final Deque<GivenBack> givenBack = new ConcurrentLinkedDeque<>();
    private final Deque<Demand> demands = new ArrayDeque<>();
    /** The JMS ids of what was taken and is not acknowledged. */
    private final Set<String> inWork = ConcurrentHashMap.newKeySet();
    /** The JMS ids of what was taken and cannot be read. */
    private final Set<String> unreadable = ConcurrentHashMap.newKeySet();

    private Duration nextPause = FIRST_PAUSE;
    private volatile boolean broken;
    private boolean started;
    private boolean takes = true;
    private boolean closed;

    /**
     * @param dispatcher decides about entries that are messages of ours; without one, every entry is a plain mail
     */
    DequeueLoop(
            StoredQueue queue, ConnectionFactory factory, BrokerEntryQueue entries, Optional<Dispatcher> dispatcher) {
        this.queue = queue.name();
        this.turn = queue.turn();
        this.factory = factory;
        this.entries = entries;
        this.dispatcher = dispatcher;
    }

    /** An entry that was given back, and the time of {@link System#nanoTime} from which on it is taken again. */
    private record GivenBack(Message message, long from) {
        static GivenBack now(Message message) {
            return new GivenBack(message, System.nanoTime());
        }

        /** What fails for ever comes again after what else there is, and not at full speed. */
        static GivenBack afterAMoment(Message message) {
            return new GivenBack(message, System.nanoTime() + PATIENCE.toNanos());
        }

        boolean isDue() {
            return from - System.nanoTime() <= 0;
        }
    }

    Publisher<MailQueueItem> publisher() {
        return subscriber -> {
            Demand demand = new Demand(subscriber);
            start();
            subscriber.onSubscribe(demand);
        };
    }

    /** What one subscriber asked for. Guarded by the loop. */
    private final class Demand implements Subscription {
        final Subscriber<? super MailQueueItem> subscriber;
        long requested;
        boolean cancelled;

        Demand(Subscriber<? super MailQueueItem> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            synchronized (DequeueLoop.this) {
                if (requested == 0 && !cancelled) {
                    demands.addLast(this);
                }
                requested = requested + n < 0 ? Long.MAX_VALUE : requested + n;
                DequeueLoop.this.notifyAll();
            }
        }

        @Override
        public void cancel() {
            synchronized (DequeueLoop.this) {
                cancelled = true;
                demands.remove(this);
            }
        }
    }

    private synchronized void start() {
        if (!started && takes) {
            started = true;
            Thread thread = new Thread(this::run, "dequeue-" + queue);
            thread.setDaemon(true);
            thread.start();
            if (queue.equals(MailQueueFactory.SPOOL.asString())) {
                dispatcher.ifPresent(decider -> BacklogLoop.start(this, decider));
            }
        }
    }

    private void run() {
        try {
            while (isTaking()) {
                readUntilClosedOrBroken();
                broken = isTaking();
                if (broken) {
                    // What was taken belongs to the connection that is gone: the broker gives it out again.
                    givenBack.clear();
                    inWork.clear();
                    unreadable.clear();
                    dispatcher.ifPresent(Dispatcher::entriesComeAgain);
                    pause();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readUntilClosedOrBroken() throws InterruptedException {
        try (Connection connection = factory.createConnection();
                Session session = connection.createSession(false, EmbeddedBroker.individualAcknowledge());
                MessageConsumer consumer = session.createConsumer(session.createQueue(queue))) {
            connection.start();
            broken = false;
            while (awaitDemand()) {
                step(consumer);
            }
            // Closing the connection gives back what is not acknowledged, so it stays open while that may still come.
            awaitClose();
        } catch (JMSException e) {
            // What ends while the node stops is no fault: the broker gives out again what was not acknowledged.
            if (isTaking()) {
                LOGGER.error("queue {} cannot be read; connecting again in a moment", queue, e);
            }
        }
    }

    /** Whether it is connected to the queue, or was not asked for anything yet. */
    boolean isReading() {
        return !broken;
    }

    /** How many were taken and are not acknowledged. */
    int inWork() {
        return inWork.size();
    }

    /** Whether a message, by its JMS id, was taken and is not acknowledged. */
    boolean isInWork(String jmsId) {
        return inWork.contains(jmsId);
    }

    /** How many were taken and cannot be read; they stay in the journal. */
    int unreadable() {
        return unreadable.size();
    }

    private void step(MessageConsumer consumer) throws JMSException, InterruptedException {
        if (dispatcher.isPresent() && !dispatcher.get().awaitRoom(POLL)) {
            pause();
            return;
        }
        GivenBack first = givenBack.peekFirst();
        if (first != null && first.isDue()) {
            givenBack.removeFirst();
            take(first.message());
            return;
        }
        Message message = consumer.receive((first == null ? POLL : PATIENCE).toMillis());
        if (message != null) {
            take(message);
        }
    }

    private void take(Message message) throws InterruptedException {
        try {
            inWork.add(message.getJMSMessageID());
            if (turn.isRemoved(message)) {
                acknowledge(message);
                return;
            }
            Optional<MailQueueItem> item = itemOf(message);
            if (item.isPresent() && !give(item.get())) {
                giveBack(message, item.get());
            }
        } catch (StoreUnavailableException | QueueUnavailableException e) {
            LOGGER.warn("queue {} waits: {}", queue, e.getMessage());
            later(message);
        } catch (JMSException | MessagingException | RuntimeException e) {
            LOGGER.error("an entry of queue {} cannot be read; it stays in the journal until the next start", queue, e);
            unreadable.add(String.valueOf(((ActiveMQMessage) message).getMessageId()));
        }
    }

    private Optional<MailQueueItem> itemOf(Message message)
            throws JMSException, MessagingException, InterruptedException {
        byte[] encoded = EntryMessage.mail(message);
        String messageId = message.getStringProperty(EntryMessage.MESSAGE);
        if (dispatcher.isEmpty() || messageId.isEmpty()) {
            MailImpl mail = MailCodec.decode(encoded);
            return Optional.of(new PlainItem(
                    mail, () -> acknowledgeAtOnce(message), () -> givenBack.addLast(GivenBack.afterAMoment(message))));
        }
        return trackedItem(dispatcher.get(), message, new MessageId(messageId), encoded);
    }

    private Optional<MailQueueItem> trackedItem(
            Dispatcher decider, Message message, MessageId messageId, byte[] encoded)
            throws JMSException, MessagingException, InterruptedException {
        EntryId entry = new EntryId(message.getStringProperty(EntryMessage.ENTRY));
        MailCodec.Encoded parts = MailCodec.split(encoded);
        MailImpl mail = MailCodec.decode(parts);
        EntryHead head = new EntryHead(
                entry,
                messageId,
                EntryMessage.writtenAt(message),
                entries.isOfThisRun(message),
                encoded.length,
                MailCodec.recipientsOf(parts.envelope()));
        Admission admission = decider.admit(head, MailParcel.of(parts, mail), () -> acknowledge(message));
        if (admission instanceof Admission.Later) {
            // It may be long until this one can go on; others need not wait for it.
            givenBack.addLast(GivenBack.afterAMoment(message));
        }
        if (admission instanceof Admission.Work work) {
            mail.setRecipients(
                    work.recipients().stream().map(Addresses::toJames).toList());
            MailAttributes.ENTRY_ID.set(mail, entry);
            return Optional.of(new TrackedItem(mail, entry, decider));
        }
        return Optional.empty();
    }

    private void later(Message message) throws InterruptedException {
        givenBack.addLast(GivenBack.now(message));
        pause();
    }

    /** What cannot go on now is asked again in a moment, and when it still cannot, in a longer one. */
    private synchronized void pause() throws InterruptedException {
        long left = nextPause.toMillis();
        long end = System.nanoTime() + nextPause.toNanos();
        Duration longer = nextPause.multipliedBy(2);
        nextPause = longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
        while (takes && left > 0) {
            wait(left);
            left = (end - System.nanoTime()) / 1_000_000;
        }
    }

    private void giveBack(Message message, MailQueueItem item) {
        if (item instanceof TrackedItem tracked) {
            tracked.givenBack();
        } else {
            givenBack.addFirst(GivenBack.now(message));
        }
    }

    /** As who asks for the mails of a queue next must not see it any more. */
    private void acknowledgeAtOnce(Message message) {
        try {
            turn.acknowledged(message);
        } catch (Exception e) {
            LOGGER.warn("an entry of queue {} is not removed yet: {}", queue, e.getMessage());
        }
        acknowledge(message);
    }

    private void acknowledge(Message message) {
        try {
            inWork.remove(message.getJMSMessageID());
            message.acknowledge();
        } catch (JMSException e) {
            // It comes again after the next start, and the record of its outcome is then found.
            LOGGER.warn("an entry of queue {} could not be acknowledged: {}", queue, e.getMessage());
        }
    }

    /** Gives away what came from a backlog; when nobody asks for it any more, it is put off. */
    void giveOrGiveBack(TrackedItem item) {
        if (!give(item)) {
            item.givenBack();
        }
    }

    private boolean give(MailQueueItem item) {
        Demand demand;
        synchronized (this) {
            demand = demands.peekFirst();
            if (demand == null) {
                return false;
            }
            nextPause = FIRST_PAUSE;
            if (demand.requested != Long.MAX_VALUE && --demand.requested == 0) {
                demands.removeFirst();
            }
        }
        demand.subscriber.onNext(item);
        return true;
    }

    /** Waits until somebody asks for mail; returns false when nothing is taken any more. */
    synchronized boolean awaitDemand() throws InterruptedException {
        while (demands.isEmpty() && takes) {
            wait();
        }
        return takes;
    }

    private synchronized void awaitClose() throws InterruptedException {
        while (!closed) {
            wait();
        }
    }

    private synchronized boolean isTaking() {
        return takes;
    }

    synchronized void stopTaking() {
        takes = false;
        notifyAll();
    }

    @Override
    public synchronized void close() {
        takes = false;
        closed = true;
        notifyAll();
    }

    /** A mail that is no message of ours: acknowledged when it is done with. */
    private record PlainItem(MailImpl mail, Runnable acknowledge, Runnable giveBack) implements MailQueueItem {
        @Override
        public MailImpl getMail() {
            return mail;
        }

        @Override
        public void done(CompletionStatus status) {
            (status == CompletionStatus.SUCCESS ? acknowledge : giveBack).run();
        }
    }

    /** A message of ours: the dispatcher acknowledges it, when each recipient has an outcome or a new entry. */
    record TrackedItem(MailImpl mail, EntryId entry, Dispatcher dispatcher) implements MailQueueItem {
        @Override
        public MailImpl getMail() {
            return mail;
        }

        @Override
        public void done(CompletionStatus status) {
            switch (status) {
                case SUCCESS -> dispatcher.endOfPipeline(entry, "the pipeline ended without a decision about it");
                case RETRY -> givenBack();
                case REJECT -> dispatcher.endOfPipeline(entry, "the pipeline failed: " + mail.getErrorMessage());
            }
        }

        void givenBack() {
            dispatcher.postpone(entry, "the pipeline gave it back");
            dispatcher.endOfPipeline(entry, "the pipeline gave it back");
        }
    }
}
