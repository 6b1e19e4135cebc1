package io.postrider.simulator.smtp;

import io.postrider.mail.EmailAddress;
import io.postrider.simulator.SimulatorMailbox.SimulatedMessage;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The newest messages, up to a number and a size. Safe for concurrent use. */
final class KeptMessages {
    private final int maxMessages;
    private final long maxBytes;
    private final Deque<SimulatedMessage> newestFirst = new ArrayDeque<>();
    private long bytes;
    private long last;

    KeptMessages(int maxMessages, long maxBytes) {
        this.maxMessages = maxMessages;
        this.maxBytes = maxBytes;
    }

    /** Returns the number that the message got. */
    synchronized long add(Instant at, Optional<EmailAddress> reversePath, List<EmailAddress> recipients, byte[] raw) {
        last++;
        newestFirst.addFirst(new SimulatedMessage(last, at, reversePath, recipients, raw));
        bytes += raw.length;
        while (newestFirst.size() > maxMessages || bytes > maxBytes) {
            bytes -= newestFirst.removeLast().raw().length;
        }
        return last;
    }

    synchronized List<SimulatedMessage> list(Optional<Long> below, int limit) {
        return newestFirst.stream()
                .filter(message -> below.isEmpty() || message.n() < below.get())
                .limit(limit)
                .toList();
    }

    synchronized Optional<SimulatedMessage> find(long n) {
        return newestFirst.stream().filter(message -> message.n() == n).findFirst();
    }
}
