package io.postrider.queue;

import io.postrider.dispatch.Dispatcher;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.apache.james.queue.api.MailQueueFactory;
import org.reactivestreams.Publisher;

/** All that take entries from one queue: a thread for its subscribers, and the threads of who works on entries as they are taken. */
final class QueueReaders {
    private final StoredQueue queue;
    private final EmbeddedBroker broker;
    private final BrokerEntryQueue entries;
    private final Optional<Dispatcher> dispatcher;
    private final List<DequeueLoop> loops = new CopyOnWriteArrayList<>();
    private final Demands demands = new Demands();
    private boolean subscribed;
    private boolean stopped;

    QueueReaders(StoredQueue queue, EmbeddedBroker broker, BrokerEntryQueue entries, Optional<Dispatcher> dispatcher) {
        this.queue = queue;
        this.broker = broker;
        this.entries = entries;
        this.dispatcher = dispatcher;
    }

    Publisher<MailQueueItem> publisher() {
        return subscriber -> {
            startForSubscribers();
            demands.publisher().subscribe(subscriber);
        };
    }

    private synchronized void startForSubscribers() {
        if (!subscribed) {
            subscribed = true;
            start(1, demands);
        }
    }

    /** Has as many threads take entries and work on them, each on one at a time. No thread but these is waited for or woken up. */
    synchronized void work(int threads, Consumer<MailQueueItem> worker) {
        start(threads, new AlwaysReady(worker));
    }

    private record AlwaysReady(Consumer<MailQueueItem> worker) implements DequeueLoop.Taker {
        @Override
        public boolean awaitDemand() {
            return true;
        }

        @Override
        public boolean take(MailQueueItem item) {
            worker.accept(item);
            return true;
        }
    }

    private void start(int threads, DequeueLoop.Taker taker) {
        if (!stopped) {
            DequeueLoop loop = new DequeueLoop(queue, threads, broker.connectionFactory(), entries, dispatcher, taker);
            boolean first = loops.isEmpty();
            loops.add(loop);
            loop.start();
            if (first && queue.name().equals(MailQueueFactory.SPOOL.asString())) {
                dispatcher.ifPresent(decider -> BacklogLoop.start(loop, decider));
            }
        }
    }

    /** Whether each is connected to the queue. */
    boolean isReading() {
        return loops.stream().allMatch(DequeueLoop::isReading);
    }

    /** How many were taken and are not acknowledged. */
    int inWork() {
        return loops.stream().mapToInt(DequeueLoop::inWork).sum();
    }

    /** Whether a message, by its JMS id, was taken and is not acknowledged. */
    boolean isInWork(String jmsId) {
        return loops.stream().anyMatch(loop -> loop.isInWork(jmsId));
    }

    /** How many were taken and cannot be read; they stay in the journal. */
    int unreadable() {
        return loops.stream().mapToInt(DequeueLoop::unreadable).sum();
    }

    synchronized void stopTaking() {
        stopped = true;
        loops.forEach(DequeueLoop::stopTaking);
        demands.stop();
    }

    /** Waits until what was taken is through the hands of who works on it, at most as long as given. */
    boolean awaitIdle(Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        boolean idle = true;
        for (DequeueLoop loop : loops) {
            idle &= loop.awaitIdle(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        }
        return idle;
    }

    /** Has work that is still under way end. */
    void interrupt() {
        loops.forEach(DequeueLoop::interrupt);
    }

    void close() {
        stopTaking();
        loops.forEach(DequeueLoop::close);
    }
}
