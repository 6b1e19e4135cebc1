package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.james.queue.api.MailQueue;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** Takes from a queue as much as it is told to, and not more. */
final class Taker extends BaseSubscriber<MailQueueItem> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final BlockingQueue<MailQueueItem> taken = new LinkedBlockingQueue<>();

    static Taker of(MailQueue queue) {
        Taker taker = new Taker();
        queue.deQueue().subscribe(taker);
        return taker;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        // Nothing is asked for yet.
    }

    @Override
    protected void hookOnNext(MailQueueItem item) {
        taken.add(item);
    }

    MailQueueItem take() throws InterruptedException {
        request(1);
        MailQueueItem item = taken.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(item).as("an item within " + PATIENCE).isNotNull();
        return item;
    }

    List<String> takeNames(int count) throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            MailQueueItem item = take();
            names.add(item.getMail().getName());
            item.done(MailQueueItem.CompletionStatus.SUCCESS);
        }
        return names;
    }

    int takenAndNotLookedAt() {
        return taken.size();
    }
}
