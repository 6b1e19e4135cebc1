package io.postrider.queue;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.MailCodec;
import io.postrider.bridge.MailParcel;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import javax.mail.MessagingException;
import org.apache.james.metrics.api.GaugeRegistry;
import org.apache.james.metrics.api.Metric;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.metrics.api.TimeMetric;
import org.apache.james.queue.api.MailQueueItemDecoratorFactory;
import org.apache.james.queue.api.MailQueueName;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.mailet.Mail;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * James's mail queue over the broker. A mail is on disk when {@code enQueue} returns. Mails of ours are acknowledged by the dispatcher, others by {@code done}.
 */
final class BrokerMailQueue implements ManageableMailQueue {
    private final MailQueueName name;
    private final BrokerEntryQueue entries;
    private final QueueAdmin admin;
    private final Optional<Tracking> tracking;
    private final MailQueueItemDecoratorFactory decorators;
    private final DequeueLoop loop;
    private final Clock clock;
    private final MetricFactory metrics;
    private final Metric enqueued;
    private final Metric dequeued;

    BrokerMailQueue(
            MailQueueName name,
            EmbeddedBroker broker,
            BrokerEntryQueue entries,
            Optional<Tracking> tracking,
            MailQueueItemDecoratorFactory decorators,
            Clock clock,
            MetricFactory metrics,
            GaugeRegistry gauges) {
        this.name = name;
        this.entries = entries;
        this.admin = new QueueAdmin(name.asString(), broker, entries, tracking);
        this.tracking = tracking;
        this.decorators = decorators;
        this.loop = new DequeueLoop(
                name.asString(), broker.connectionFactory(), entries, tracking.map(Tracking::dispatcher));
        this.clock = clock;
        this.metrics = metrics;
        this.enqueued = metrics.generate(ENQUEUED_METRIC_NAME_PREFIX + name.asString());
        this.dequeued = metrics.generate(DEQUEUED_METRIC_NAME_PREFIX + name.asString());
        gauges.register(QUEUE_SIZE_METRIC_NAME_PREFIX + name.asString(), admin::size);
    }

    @Override
    public MailQueueName getName() {
        return name;
    }

    @Override
    public void enQueue(Mail mail) throws MailQueueException {
        enQueue(mail, Duration.ZERO);
    }

    @Override
    public void enQueue(Mail mail, Duration delay) throws MailQueueException {
        TimeMetric timer = metrics.timer(ENQUEUED_TIMER_METRIC_NAME_PREFIX + name.asString());
        try {
            write(mail, dueAfter(delay));
            enqueued.increment();
        } catch (MessagingException | QueueUnavailableException e) {
            throw new MailQueueException("mail " + mail.getName() + " is not in the queue " + name.asString(), e);
        } finally {
            timer.stopAndPublish();
        }
    }

    private Optional<Instant> dueAfter(Duration delay) {
        return delay.isNegative() || delay.isZero()
                ? Optional.empty()
                : Optional.of(clock.instant().plus(delay));
    }

    private void write(Mail mail, Optional<Instant> due) throws MessagingException {
        Optional<MessageId> message = tracking.isPresent() ? MailAttributes.MESSAGE_ID.find(mail) : Optional.empty();
        Optional<EntryId> entry = MailAttributes.ENTRY_ID.find(mail);
        Optional<EntryId> held = MailAttributes.HELD_KEY.find(mail);
        if (message.isPresent() && held.isPresent()) {
            MailAttributes.HELD_KEY.remove(mail);
            tracking.orElseThrow().operations().release(message.get(), held.get(), MailCodec.encode(mail));
        } else if (message.isPresent() && entry.isEmpty()) {
            EntryId first = EntryId.firstOf(message.get());
            entries.send(name.asString(), first.value(), message.get().value(), MailCodec.encode(mail), due);
        } else if (message.isPresent()) {
            tracking.orElseThrow()
                    .dispatcher()
                    .requeue(entry.orElseThrow(), Addresses.of(mail.getRecipients()), MailParcel.of(mail), due);
        } else {
            entries.send(name.asString(), UUID.randomUUID().toString(), "", MailCodec.encode(mail), due);
        }
    }

    @Override
    public Publisher<Void> enqueueReactive(Mail mail) {
        return Mono.fromCallable(() -> {
                    enQueue(mail);
                    return mail;
                })
                .then();
    }

    @Override
    public Publisher<MailQueueItem> deQueue() {
        return Flux.from(loop.publisher()).map(item -> {
            dequeued.increment();
            return decorators.decorate(item, name);
        });
    }

    @Override
    public long getSize() {
        return admin.size();
    }

    @Override
    public long flush() throws MailQueueException {
        return admin.flush();
    }

    @Override
    public long clear() throws MailQueueException {
        return admin.removeIf(entry -> true);
    }

    @Override
    public long remove(Type type, String value) throws MailQueueException {
        return admin.removeIf(QueueAdmin.matching(type, value));
    }

    @Override
    public MailQueueIterator browse() throws MailQueueException {
        return admin.browse();
    }

    /** The queue stays open as long as its broker, as James closes what others still use; see {@link #stop}. */
    @Override
    public void close() {}

    boolean isReading() {
        return loop.isReading();
    }

    void stopTaking() {
        loop.stopTaking();
    }

    void stop() {
        loop.close();
    }
}
