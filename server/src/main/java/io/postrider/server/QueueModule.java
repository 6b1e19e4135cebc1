package io.postrider.server;

import com.google.inject.AbstractModule;
import com.google.inject.Provider;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import com.google.inject.multibindings.Multibinder;
import io.postrider.dispatch.Queues;
import io.postrider.dispatch.Queues.Status;
import io.postrider.queue.BrokerMailQueueFactory;
import java.time.Duration;
import java.util.function.ToLongFunction;
import org.apache.james.core.healthcheck.HealthCheck;
import org.apache.james.metrics.api.GaugeRegistry;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.queue.api.MailQueue;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.MailQueueItemDecoratorFactory;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.james.queue.api.RawMailQueueItemDecoratorFactory;

/** The mail queue, by the three keys that James asks for it with. */
final class QueueModule extends AbstractModule {
    private final Engine engine;
    private final Duration maxAge;

    /** @param maxAge how long a mail may wait for its turn */
    QueueModule(Engine engine, Duration maxAge) {
        this.engine = engine;
        this.maxAge = maxAge;
    }

    @Override
    protected void configure() {
        bind(MailQueueItemDecoratorFactory.class).to(RawMailQueueItemDecoratorFactory.class);
        Multibinder<HealthCheck> checks = Multibinder.newSetBinder(binder(), HealthCheck.class);
        checks.addBinding()
                .toInstance(NodeHealthCheck.of("Broker", engine.broker()::isRunning, "the broker does not run"));
        checks.addBinding()
                .toInstance(NodeHealthCheck.of(
                        "Journals",
                        engine.broker()::isWritable,
                        "the queue cannot be written; it is tried each second"));
        Provider<BrokerMailQueueFactory> queues = getProvider(BrokerMailQueueFactory.class);
        checks.addBinding()
                .toInstance(NodeHealthCheck.of(
                        "Mail queues",
                        () -> queues.get().isReading(),
                        "a queue cannot be read; it is tried again and again: see the log"));
        checks.addBinding()
                .toInstance(NodeHealthCheck.degraded(
                        "Queue age",
                        () -> QueueAge.problem(queues.get(), () -> queues.get().unreadable(), maxAge)));
        checks.addBinding()
                .toInstance(NodeHealthCheck.degradedUnless(
                        "Sweeper",
                        engine::isSwept,
                        "deliveries were lost or stuck, or the queue could not be compared with them: see the log"));
        checks.addBinding().toInstance(NodeHealthCheck.degraded("Relays", engine::relaysThatNeedAPerson));
        checks.addBinding()
                .toInstance(NodeHealthCheck.of(
                        "Message log",
                        () -> !engine.recorder().isBehind(),
                        "the message log does not answer, or is behind"));
    }

    @Provides
    @Singleton
    BrokerMailQueueFactory queues(
            MailQueueItemDecoratorFactory decorators, MetricFactory metrics, GaugeRegistry gauges) {
        BrokerMailQueueFactory queues = engine.queues(decorators, metrics, gauges);
        // James has the queue itself register its size, and nothing else.
        gauge(gauges, "mailQueueWaiting:", queues, Status::waiting);
        gauge(gauges, "mailQueueInWork:", queues, Status::inWork);
        gauge(gauges, "mailQueueResting:", queues, Status::resting);
        gauge(gauges, "mailQueueDelayed:", queues, Status::delayed);
        gauge(
                gauges,
                "mailQueueOldestWaitingSeconds:",
                queues,
                status -> status.oldest().map(Duration::toSeconds).orElse(0L));
        return queues;
    }

    private static void gauge(GaugeRegistry gauges, String prefix, Queues queues, ToLongFunction<Status> figure) {
        String spool = MailQueueFactory.SPOOL.asString();
        gauges.register(
                prefix + spool,
                () -> queues.find(spool).map(figure::applyAsLong).orElse(0L));
    }

    @Provides
    Queues queueStatus(BrokerMailQueueFactory queues) {
        return queues;
    }

    @Provides
    MailQueueFactory<?> anyQueues(BrokerMailQueueFactory queues) {
        return queues;
    }

    @Provides
    MailQueueFactory<? extends MailQueue> mailQueues(BrokerMailQueueFactory queues) {
        return queues;
    }

    @Provides
    MailQueueFactory<? extends ManageableMailQueue> manageableQueues(BrokerMailQueueFactory queues) {
        return queues;
    }
}
