package io.postrider.queue;

import org.apache.james.metrics.api.NoopGaugeRegistry;
import org.apache.james.metrics.tests.RecordingMetricFactory;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.MailQueueFactoryContract;
import org.apache.james.queue.api.ManageableMailQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** James's contract of a factory of mail queues, as it is. */
class BrokerMailQueueFactoryTest implements MailQueueFactoryContract<ManageableMailQueue> {
    @RegisterExtension
    final QueueExtension queues = new QueueExtension();

    private BrokerMailQueueFactory factory;

    @BeforeEach
    void createFactory() {
        factory = queues.factory(new RecordingMetricFactory(), new NoopGaugeRegistry());
    }

    @AfterEach
    void closeFactory() {
        factory.close();
    }

    @Override
    public MailQueueFactory<ManageableMailQueue> getMailQueueFactory() {
        return factory;
    }
}
