package io.postrider.queue;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.MailCodec;
import io.postrider.bridge.MailParcel;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.Queues;
import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import io.postrider.trace.EntryId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import javax.jms.Message;
import javax.mail.MessagingException;
import org.apache.james.metrics.api.GaugeRegistry;
import org.apache.james.metrics.api.Metric;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.metrics.api.TimeMetric;
import org.apache.james.queue.api.MailPrioritySupport;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.MailQueueItemDecoratorFactory;
import org.apache.james.queue.api.MailQueueName;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.mailet.AttributeUtils;
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
    private final QueueListing listing;
    private final Optional<Tracking> tracking;
    private final MailQueueItemDecoratorFactory decorators;
    private final QueueReaders readers;
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
        this.tracking = tracking;
        this.decorators = decorators;
        StoredQueue stored = entries.queue(name.asString());
        this.readers = new QueueReaders(stored, broker, entries, tracking.map(Tracking::dispatcher));
        RestingEntries resting = new RestingEntries(tracking.filter(any -> name.equals(MailQueueFactory.SPOOL))
                .map(tracked -> tracked.dispatcher().backlogs()));
        this.admin = new QueueAdmin(
                stored, resting, new Transactions(broker), readers, tracking.map(Tracking::entries), clock);
        this.listing = new QueueListing(stored, resting, readers);
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
            throw notInQueue(mail, e);
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
            entries.send(
                    name.asString(), first.value(), message.get().value(), priority(mail), MailCodec.encode(mail), due);
        } else if (message.isPresent()) {
            tracking.orElseThrow()
                    .dispatcher()
                    .requeue(entry.orElseThrow(), Addresses.of(mail.getRecipients()), MailParcel.of(mail), due);
        } else {
            String entryId = UUID.randomUUID().toString();
            entries.send(name.asString(), entryId, "", priority(mail), MailCodec.encode(mail), due);
        }
    }

    /**
     * James's priority of a mail as one of JMS. A mail that says nothing, or nothing sensible, has the broker's own default: the journal keeps those of the default
     * apart from those above and below, so that a mail of a higher priority goes past however many others.
     */
    private static int priority(Mail mail) {
        return AttributeUtils.getValueAndCastFromMail(mail, MailPrioritySupport.MAIL_PRIORITY, Integer.class)
                .map(priority -> Math.max(MailPrioritySupport.LOW_PRIORITY, priority))
                .map(priority -> Math.min(MailPrioritySupport.HIGH_PRIORITY, priority))
                .orElse(Message.DEFAULT_PRIORITY);
    }

    /** Does not block for a new message of ours, as these come by the thousand. */
    @Override
    public Publisher<Void> enqueueReactive(Mail mail) {
        return Mono.fromCallable(() -> newMessage(mail))
                .flatMap(message -> message.isPresent() ? enqueueFirst(mail, message.get()) : enqueueBlocking(mail));
    }

    private Mono<Void> enqueueBlocking(Mail mail) {
        return Mono.fromCallable(() -> {
                    enQueue(mail);
                    return mail;
                })
                .then();
    }

    private Mono<Void> enqueueFirst(Mail mail, MessageId message) {
        TimeMetric timer = metrics.timer(ENQUEUED_TIMER_METRIC_NAME_PREFIX + name.asString());
        return Mono.fromCompletionStage(() -> sendFirst(mail, message))
                .doOnTerminate(timer::stopAndPublish)
                .doOnSuccess(none -> enqueued.increment())
                .onErrorMap(Exception.class, failure -> notInQueue(mail, failure));
    }

    /** The id of a message of ours that was in no queue yet. */
    private Optional<MessageId> newMessage(Mail mail) throws MessagingException {
        return tracking.isEmpty()
                        || MailAttributes.HELD_KEY.find(mail).isPresent()
                        || MailAttributes.ENTRY_ID.find(mail).isPresent()
                ? Optional.empty()
                : MailAttributes.MESSAGE_ID.find(mail);
    }

    private CompletionStage<Void> sendFirst(Mail mail, MessageId message) {
        try {
            return entries.sendNow(
                    name.asString(),
                    EntryId.firstOf(message).value(),
                    message.value(),
                    priority(mail),
                    MailCodec.encode(mail));
        } catch (MessagingException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private MailQueueException notInQueue(Mail mail, Exception cause) {
        return new MailQueueException("mail " + mail.getName() + " is not in the queue " + name.asString(), cause);
    }

    @Override
    public Publisher<MailQueueItem> deQueue() {
        return Flux.from(readers.publisher()).map(this::taken);
    }

    private MailQueueItem taken(MailQueueItem item) {
        dequeued.increment();
        return decorators.decorate(item, name);
    }

    /** Has as many threads take mails and work on them; the worker must not throw. */
    void work(int threads, Consumer<MailQueueItem> worker) {
        readers.work(threads, item -> worker.accept(taken(item)));
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
        return admin.clear();
    }

    @Override
    public long remove(Type type, String value) throws MailQueueException {
        return admin.removeIf(Envelope.matching(type, value));
    }

    @Override
    public MailQueueIterator browse() throws MailQueueException {
        return admin.browse();
    }

    /** The queue stays open as long as its broker, as James closes what others still use; see {@link #stop}. */
    @Override
    public void close() {}

    Queues.Status status() {
        return admin.status();
    }

    List<Queues.Backlog> backlogs() {
        return admin.backlogs();
    }

    Page<Queues.Entry> entries(Optional<Queues.State> state, int limit, Optional<String> cursor) {
        return listing.entries(state, limit, cursor);
    }

    boolean isReading() {
        return readers.isReading();
    }

    /** How many entries were taken and cannot be read. */
    int unreadable() {
        return readers.unreadable() + admin.unreadableAtRest();
    }

    void stopTaking() {
        readers.stopTaking();
    }

    /** Waits until what was taken is through the hands of its workers, at most as long as given. */
    boolean awaitIdle(Duration most) throws InterruptedException {
        return readers.awaitIdle(most);
    }

    /** Has work that is still under way end. */
    void interrupt() {
        readers.interrupt();
    }

    void stop() {
        readers.close();
    }
}
