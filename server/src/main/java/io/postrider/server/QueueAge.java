package io.postrider.server;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.Queues;
import io.postrider.dispatch.Queues.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;

/** Whether mail waits for its turn for longer than it should, or cannot come to it. */
final class QueueAge {
    private QueueAge() {}

    /**
     * Says which queues should be looked at, and why, if there is one.
     *
     * @param unreadable entries that were taken and cannot be read
     */
    static Optional<String> problem(Queues queues, IntSupplier unreadable, Duration maxAge) {
        try {
            return problem(queues, unreadable.getAsInt(), maxAge);
        } catch (QueueUnavailableException e) {
            return Optional.of(e.getMessage());
        }
    }

    private static Optional<String> problem(Queues queues, int unreadable, Duration maxAge) {
        String old = queues.all().stream()
                .flatMap(status -> problem(status, maxAge).stream())
                .collect(Collectors.joining("; "));
        String broken = unreadable == 0 ? "" : unreadable + " mails cannot be read, and stay in the queue: see the log";
        String all = old.isEmpty() || broken.isEmpty() ? old + broken : old + "; " + broken;
        return Optional.of(all).filter(text -> !text.isEmpty());
    }

    private static Optional<String> problem(Status status, Duration maxAge) {
        return status.oldest()
                .filter(age -> age.compareTo(maxAge) > 0)
                .map(age -> "queue " + status.name() + ": the oldest of " + status.waiting()
                        + " mails that wait for their turn has waited for " + age.toSeconds()
                        + " s (queue.maxAge: " + maxAge.toSeconds() + " s)");
    }
}
