package io.postrider.queue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.postrider.bridge.MailCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.james.queue.api.ManageableMailQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an admin asks a mail for, read without its content.
 *
 * @param sender empty for the null reverse-path
 */
record Envelope(String name, String sender, List<String> recipients) {
    private static final Logger LOGGER = LoggerFactory.getLogger(Envelope.class);

    /** Reads the envelope of an entry. Empty, with a line in the log, when it cannot be read. */
    static Optional<Envelope> read(String queue, String entry, byte[] mail) {
        try {
            ObjectNode envelope = MailCodec.split(mail).envelope();
            List<String> recipients = new ArrayList<>();
            envelope.path("recipients").forEach(recipient -> recipients.add(recipient.asText()));
            return Optional.of(new Envelope(
                    envelope.path("name").asText(), envelope.path("sender").asText(), recipients));
        } catch (IllegalArgumentException e) {
            LOGGER.warn("entry {} of queue {} cannot be read, and is left out: {}", entry, queue, e.getMessage());
            return Optional.empty();
        }
    }

    static Predicate<Envelope> matching(ManageableMailQueue.Type type, String value) {
        return switch (type) {
            case Name -> envelope -> envelope.name().equals(value);
            case Sender -> envelope -> envelope.sender().equalsIgnoreCase(value);
            case Recipient -> envelope -> envelope.recipients().stream().anyMatch(value::equalsIgnoreCase);
        };
    }
}
