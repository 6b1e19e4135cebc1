package io.postrider.simulator;

import io.postrider.mail.EmailAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the simulator received: the newest so many messages. Safe for concurrent use. */
public interface SimulatorMailbox {
    /** Up to {@code limit} of the messages that are kept, newest first, from below the number given. */
    List<SimulatedMessage> list(Optional<Long> below, int limit);

    Optional<SimulatedMessage> find(long n);

    /**
     * A message as the simulator received it.
     *
     * @param n counts from 1 since the start of the process
     * @param reversePath as in MAIL; none is the null reverse-path
     * @param recipients those that it accepted
     * @param raw the message with CRLF line ends, dot-stuffing undone
     */
    record SimulatedMessage(
            long n, Instant at, Optional<EmailAddress> reversePath, List<EmailAddress> recipients, byte[] raw) {
        public SimulatedMessage {
            recipients = List.copyOf(recipients);
        }
    }
}
