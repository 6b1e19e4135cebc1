package io.postrider.queue;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import java.time.Clock;

/** One queue as its two journals hold it. */
record StoredQueue(String name, TurnEntries turn, TimeEntries time) {
    /** Opens it; what waits for its time is released from now on. To be called once for a queue. */
    static StoredQueue of(String name, EmbeddedBroker broker, Clock clock) {
        try {
            StoredQueue queue =
                    new StoredQueue(name, new TurnEntries(name, broker), TimeEntries.of(name, broker, clock));
            Releaser.start(broker, queue);
            return queue;
        } catch (Exception e) {
            throw new QueueUnavailableException("open queue " + name, e);
        }
    }
}
