package io.postrider.queue;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import java.time.Clock;

/** One queue as its two journals hold it. */
record StoredQueue(String name, TurnEntries turn, TimeEntries time) {
    static StoredQueue of(String name, EmbeddedBroker broker, Clock clock) {
        try {
            return new StoredQueue(name, new TurnEntries(name, broker), TimeEntries.of(name, broker, clock));
        } catch (Exception e) {
            throw new QueueUnavailableException("open queue " + name, e);
        }
    }
}
