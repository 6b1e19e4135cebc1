package io.postrider.queue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.activemq.broker.region.Queue;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.james.metrics.api.GaugeRegistry;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.queue.api.RawMailQueueItemDecoratorFactory;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A broker over a directory of its own for each test. */
final class QueueExtension implements BeforeEachCallback, AfterEachCallback {
    private final long memoryLimit;
    private Path directory = Path.of("");
    private EmbeddedBroker broker;
    private BrokerEntryQueue entries;

    QueueExtension() {
        this(64L << 20);
    }

    /** @param memoryLimit of the broker, in bytes */
    QueueExtension(long memoryLimit) {
        this.memoryLimit = memoryLimit;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        directory = Files.createTempDirectory("postrider-queue");
        start();
    }

    void start() {
        broker = EmbeddedBroker.start(
                "test-" + UUID.randomUUID(),
                directory,
                new EmbeddedBroker.Settings(1 << 22, Duration.ofSeconds(5), memoryLimit, 2000));
        entries = new BrokerEntryQueue(broker, 4, Clock.systemUTC());
    }

    void stop() throws IOException {
        entries.close();
        broker.close();
    }

    Path directory() {
        return directory;
    }

    BrokerEntryQueue entries() {
        return entries;
    }

    EmbeddedBroker broker() {
        return broker;
    }

    /** How many messages of the spool the broker thinks that it has still to read. */
    int pendingInBroker() throws Exception {
        Queue spool = (Queue) broker.service().getDestination(new ActiveMQQueue("spool"));
        return spool.getMessages().size();
    }

    BrokerMailQueueFactory factory(MetricFactory metrics, GaugeRegistry gauges) {
        return new BrokerMailQueueFactory(
                broker,
                entries,
                Optional.empty(),
                new RawMailQueueItemDecoratorFactory(),
                Clock.systemUTC(),
                metrics,
                gauges);
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        stop();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
