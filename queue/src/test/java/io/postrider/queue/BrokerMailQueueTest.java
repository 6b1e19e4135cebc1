package io.postrider.queue;

import org.apache.james.queue.api.MailQueue;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.MailQueueMetricContract;
import org.apache.james.queue.api.MailQueueMetricExtension.MailQueueMetricTestSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** James's contracts of a mail queue and of its metrics, as they are. */
class BrokerMailQueueTest implements MailQueueMetricContract {
    @RegisterExtension
    final QueueExtension queues = new QueueExtension();

    private BrokerMailQueueFactory factory;
    private MailQueue queue;

    @BeforeEach
    void createQueue(MailQueueMetricTestSystem system) {
        factory = queues.factory(system.getMetricFactory(), system.getSpyGaugeRegistry());
        queue = factory.createQueue(MailQueueFactory.SPOOL);
    }

    @AfterEach
    void closeQueue() {
        factory.close();
    }

    @Override
    public MailQueue getMailQueue() {
        return queue;
    }
}
