/**
 * James's mail queue on an embedded ActiveMQ broker, written for throughput and for late acknowledgement. Start at {@link io.postrider.queue.BrokerMailQueueFactory}
 * for James's side, at {@link io.postrider.queue.BrokerEntryQueue} for the side of what decides about a mail's fate.
 */
@NullMarked
package io.postrider.queue;

import org.jspecify.annotations.NullMarked;
