package io.postrider.queue;

import io.postrider.bridge.MailCodec;
import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.dispatch.EntryHead;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.mail.MessageId;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.EntryId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import javax.jms.Connection;
import javax.jms.ConnectionFactory;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.mail.MessagingException;
import org.apache.activemq.ActiveMQMessageConsumer;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.apache.james.server.core.MailImpl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes entries from one queue and gives them away: one long-lived consumer, nothing taken that nobody asked for. Its threads take turns with the consumer, and
 * each is with who gets the entry until the next turn. An entry that could not be given away, or was given back, comes first the next time. A connection that
 * breaks is made again.
 */
final class DequeueLoop implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(DequeueLoop.class);
    private static final Duration POLL = Duration.ofMillis(500);
    /** Fewer are on their way before another thread is awake. */
    private static final int MANY = 3;

    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private final String queue;
    private final TurnEntries turn;
    private final ConnectionFactory factory;
    private final BrokerEntryQueue entries;
    private final Optional<Dispatcher> dispatcher;
    private final Taker taker;
    private final Deque<GivenBack> givenBack = new ConcurrentLinkedDeque<>();
    /** The JMS ids of what was taken and is not acknowledged. */
    private final Set<String> inWork = ConcurrentHashMap.newKeySet();
    /** The JMS ids of what was taken and cannot be read. */
    private final Set<String> unreadable = ConcurrentHashMap.newKeySet();

    private final Turns turns;
    /** Makes the connection, and again when it breaks, whatever the others are at. */
    private final Thread keeper;

    private final List<Thread> threads = new ArrayList<>();

    private volatile Duration nextPause = FIRST_PAUSE;
    private volatile boolean broken;
    private volatile boolean takes = true;
    private boolean closed;

    /**
     * @param threads how many entries are given away at a time
     * @param dispatcher decides about entries that are messages of ours; without one, every entry is a plain mail
     */
    DequeueLoop(
            StoredQueue queue,
            int threads,
            ConnectionFactory factory,
            BrokerEntryQueue entries,
            Optional<Dispatcher> dispatcher,
            Taker taker) {
        this.queue = queue.name();
        this.turn = queue.turn();
        this.factory = factory;
        this.entries = entries;
        this.dispatcher = dispatcher;
        this.taker = taker;
        this.turns =
                new Turns(Math.min(threads, Math.max(2, Runtime.getRuntime().availableProcessors())));
        this.keeper = daemon(this::run, "connection-" + this.queue);
        for (int i = 1; i <= threads; i++) {
            this.threads.add(daemon(this::work, "dequeue-" + this.queue + "-" + i));
        }
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

    /** Who gets the entries. */
    interface Taker {
        /** Waits until there is something to be taken for. Returns false when nothing is to be taken any more. */
        boolean awaitDemand() throws InterruptedException;

        /** Takes an item, or leaves it. */
        boolean take(MailQueueItem item);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    void start() {
        keeper.start();
        threads.forEach(Thread::start);
    }

    /** Has whatever is under way on the threads end. */
    void interrupt() {
        threads.forEach(Thread::interrupt);
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
            Reading reading = new Reading(consumer);
            turns.begin(reading);
            try {
                reading.awaitEnd();
            } finally {
                turns.end();
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

    private void work() {
        try {
            Optional<Reading> reading = turns.await();
            while (reading.isPresent()) {
                reading.get().goOn();
                reading = turns.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The use of one connection by all threads. */
    final class Reading {
        private final MessageConsumer consumer;
        private final CountDownLatch over = new CountDownLatch(1);
        private volatile @Nullable JMSException failure;

        /** Whether so many can be taken without waiting that it is worth to wake another thread for them. */
        private boolean hasMany() {
            return !givenBack.isEmpty() || ((ActiveMQMessageConsumer) consumer).getMessageSize() >= MANY;
        }

        Reading(MessageConsumer consumer) {
            this.consumer = consumer;
        }

        boolean isOver() {
            return over.getCount() == 0;
        }

        void end() {
            over.countDown();
        }

        /** Waits until the connection is used no more. Throws what was wrong with it, if so. */
        void awaitEnd() throws JMSException, InterruptedException {
            over.await();
            JMSException what = failure;
            if (what != null) {
                throw what;
            }
        }

        void goOn() throws InterruptedException {
            while (!isOver() && awaitDemand() && turns.take(this)) {
                Optional<Message> message = Optional.empty();
                try {
                    message = next(consumer);
                } catch (JMSException e) {
                    failure = e;
                    end();
                } finally {
                    turns.leave(message.isPresent(), message.isEmpty() || hasMany());
                }
                if (message.isPresent()) {
                    try {
                        take(message.get());
                    } finally {
                        turns.done();
                    }
                }
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

    private Optional<Message> next(MessageConsumer consumer) throws JMSException, InterruptedException {
        if (dispatcher.isPresent() && !dispatcher.get().awaitRoom(POLL)) {
            pause();
            return Optional.empty();
        }
        GivenBack first = givenBack.peekFirst();
        if (first != null && first.isDue()) {
            givenBack.removeFirst();
            return Optional.of(first.message());
        }
        return Optional.ofNullable(consumer.receive((first == null ? POLL : PATIENCE).toMillis()));
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
        EntryMail mail = EntryMail.of(encoded);
        EntryHead head = new EntryHead(
                new EntryId(message.getStringProperty(EntryMessage.ENTRY)),
                messageId,
                EntryMessage.writtenAt(message),
                entries.isOfThisRun(message),
                encoded.length,
                mail.recipients());
        Admission admission = decider.admit(head, mail.parcel(), () -> acknowledge(message));
        if (admission instanceof Admission.Later) {
            // It may be long until this one can go on; others need not wait for it.
            givenBack.addLast(GivenBack.afterAMoment(message));
        }
        return admission instanceof Admission.Work work
                ? Optional.of(mail.inWork(head, work, decider))
                : Optional.empty();
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
        if (item instanceof EntryMail.Tracked tracked) {
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
    void giveOrGiveBack(EntryMail.Tracked item) {
        turns.alsoWorking();
        try {
            if (!give(item)) {
                item.givenBack();
            }
        } finally {
            turns.done();
        }
    }

    private boolean give(MailQueueItem item) {
        boolean given = taker.take(item);
        if (given) {
            nextPause = FIRST_PAUSE;
        }
        if (!takes && Thread.interrupted()) {
            LOGGER.debug("work on a mail of queue {} was cut off", queue);
        }
        return given;
    }

    /** Waits until somebody asks for mail; returns false when nothing is taken any more. */
    boolean awaitDemand() throws InterruptedException {
        return taker.awaitDemand() && isTaking();
    }

    private synchronized void awaitClose() throws InterruptedException {
        while (!closed) {
            wait();
        }
    }

    private boolean isTaking() {
        return takes;
    }

    /** Waits until nothing that was taken is under way on the threads, at most as long as given. */
    boolean awaitIdle(Duration most) throws InterruptedException {
        return turns.awaitIdle(most);
    }

    synchronized void stopTaking() {
        takes = false;
        turns.stop();
        notifyAll();
    }

    @Override
    public synchronized void close() {
        stopTaking();
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
}
