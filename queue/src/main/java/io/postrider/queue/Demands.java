package io.postrider.queue;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** What the subscribers of a queue have asked for, in turn. Safe for concurrent use. */
final class Demands implements DequeueLoop.Taker {
    private final Deque<Demand> demands = new ArrayDeque<>();
    private boolean stopped;

    Publisher<MailQueueItem> publisher() {
        return subscriber -> subscriber.onSubscribe(new Demand(subscriber));
    }

    /** What one subscriber asked for. */
    private final class Demand implements Subscription {
        private final Subscriber<? super MailQueueItem> subscriber;
        private long requested;
        private boolean cancelled;

        Demand(Subscriber<? super MailQueueItem> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            synchronized (Demands.this) {
                if (requested == 0 && !cancelled) {
                    demands.addLast(this);
                }
                requested = requested + n < 0 ? Long.MAX_VALUE : requested + n;
                Demands.this.notifyAll();
            }
        }

        @Override
        public void cancel() {
            synchronized (Demands.this) {
                cancelled = true;
                demands.remove(this);
            }
        }
    }

    @Override
    public synchronized boolean awaitDemand() throws InterruptedException {
        while (demands.isEmpty() && !stopped) {
            wait();
        }
        return !stopped;
    }

    @Override
    public boolean take(MailQueueItem item) {
        Demand demand;
        synchronized (this) {
            demand = demands.peekFirst();
            if (demand == null) {
                return false;
            }
            if (demand.requested != Long.MAX_VALUE && --demand.requested == 0) {
                demands.removeFirst();
            }
        }
        demand.subscriber.onNext(item);
        return true;
    }

    synchronized void stop() {
        stopped = true;
        notifyAll();
    }
}
