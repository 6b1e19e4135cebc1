package io.postrider.queue;

import org.apache.james.queue.api.DelayedManageableMailQueueContract;
import org.apache.james.queue.api.DelayedPriorityMailQueueContract;
import org.apache.james.queue.api.MailQueue;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.MailQueueMetricContract;
import org.apache.james.queue.api.MailQueueMetricExtension.MailQueueMetricTestSystem;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.james.queue.api.PriorityManageableMailQueueContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** James's contracts of a mail queue and of its metrics, as they are: also those of delays, priorities and management, none of them switched off. */
class BrokerMailQueueTest
        implements MailQueueMetricContract,
                DelayedManageableMailQueueContract,
                DelayedPriorityMailQueueContract,
                PriorityManageableMailQueueContract {
    @RegisterExtension
    final QueueExtension queues = new QueueExtension();

    private BrokerMailQueueFactory factory;
    private ManageableMailQueue queue;

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

    @Override
    public ManageableMailQueue getManageableMailQueue() {
        return queue;
    }
}
