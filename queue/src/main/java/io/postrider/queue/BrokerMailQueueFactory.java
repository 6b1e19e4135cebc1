package io.postrider.queue;

import io.postrider.dispatch.Queues;
import io.postrider.store.Page;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.james.metrics.api.GaugeRegistry;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.MailQueueItemDecoratorFactory;
import org.apache.james.queue.api.MailQueueName;
import org.apache.james.queue.api.ManageableMailQueue;

/** James's mail queues over one broker. */
public final class BrokerMailQueueFactory implements MailQueueFactory<ManageableMailQueue>, Queues, AutoCloseable {
    private final EmbeddedBroker broker;
    private final BrokerEntryQueue entries;
    private final Optional<Tracking> tracking;
    private final MailQueueItemDecoratorFactory decorators;
    private final Clock clock;
    private final MetricFactory metrics;
    private final GaugeRegistry gauges;
    private final Map<MailQueueName, BrokerMailQueue> queues = new ConcurrentHashMap<>();

    /**
     * @param tracking decides about mails that are messages of ours; without one, every mail is a plain one
     */
    public BrokerMailQueueFactory(
            EmbeddedBroker broker,
            BrokerEntryQueue entries,
            Optional<Tracking> tracking,
            MailQueueItemDecoratorFactory decorators,
            Clock clock,
            MetricFactory metrics,
            GaugeRegistry gauges) {
        this.broker = broker;
        this.entries = entries;
        this.tracking = tracking;
        this.decorators = decorators;
        this.clock = clock;
        this.metrics = metrics;
        this.gauges = gauges;
    }

    @Override
    public Optional<ManageableMailQueue> getQueue(MailQueueName name, PrefetchCount count) {
        return Optional.ofNullable(queues.get(name));
    }

    @Override
    public ManageableMailQueue createQueue(MailQueueName name, PrefetchCount count) {
        return queues.computeIfAbsent(name, this::newQueue);
    }

    private BrokerMailQueue newQueue(MailQueueName name) {
        return new BrokerMailQueue(name, broker, entries, tracking, decorators, clock, metrics, gauges);
    }

    @Override
    public Set<MailQueueName> listCreatedMailQueues() {
        return Set.copyOf(queues.keySet());
    }

    @Override
    public List<Status> all() {
        return queues.values().stream()
                .map(BrokerMailQueue::status)
                .sorted(Comparator.comparing(Status::name))
                .toList();
    }

    @Override
    public Optional<Status> find(String name) {
        return Optional.ofNullable(queues.get(MailQueueName.of(name))).map(BrokerMailQueue::status);
    }

    @Override
    public Optional<Page<Entry>> entries(String name, Optional<State> state, int limit, Optional<String> cursor) {
        return Optional.ofNullable(queues.get(MailQueueName.of(name)))
                .map(queue -> queue.entries(state, limit, cursor));
    }

    @Override
    public Optional<List<Backlog>> backlogs(String name) {
        return Optional.ofNullable(queues.get(MailQueueName.of(name))).map(BrokerMailQueue::backlogs);
    }

    /** How many entries were taken and cannot be read: they stay in the journal. */
    public int unreadable() {
        return queues.values().stream().mapToInt(BrokerMailQueue::unreadable).sum();
    }

    /** Whether each queue that is asked for mail can be read at present. */
    public boolean isReading() {
        return queues.values().stream().allMatch(BrokerMailQueue::isReading);
    }

    /**
     * Has threads take mails from a queue and work on them, each on one at a time: no mail goes from hand to hand before that.
     *
     * @param worker must not throw
     */
    public void work(MailQueueName name, int threads, Consumer<MailQueueItem> worker) {
        queues.computeIfAbsent(name, this::newQueue).work(threads, worker);
    }

    /** Waits until what was taken is through the hands of the workers of a queue, at most as long as given. */
    public boolean awaitIdle(MailQueueName name, Duration most) throws InterruptedException {
        BrokerMailQueue queue = queues.get(name);
        return queue == null || queue.awaitIdle(most);
    }

    /** Has work that is still under way end. */
    public void interruptWork(MailQueueName name) {
        Optional.ofNullable(queues.get(name)).ifPresent(BrokerMailQueue::interrupt);
    }

    /** Stops taking from the queues; what was taken can still be acknowledged. */
    public void stopTaking() {
        queues.values().forEach(BrokerMailQueue::stopTaking);
    }

    /** Lets go of what was taken and not acknowledged: it comes again after the next start. */
    @Override
    public void close() {
        queues.values().forEach(BrokerMailQueue::stop);
    }
}
