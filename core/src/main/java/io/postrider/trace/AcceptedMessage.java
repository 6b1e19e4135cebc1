package io.postrider.trace;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a message when it is accepted.
 *
 * @param sender the reverse-path as submitted; none is the null reverse-path
 * @param submitter who submitted it: a user name, or {@code network:CIDR} for a trusted network
 * @param subject as it stands in the header, decoded, at most 998 characters
 * @param size in bytes, as accepted
 * @param recipients distinct, in the order of RCPT
 */
public record AcceptedMessage(
        MessageId id,
        String tenant,
        String stream,
        String submitter,
        Optional<EmailAddress> sender,
        String subject,
        long size,
        Instant acceptedAt,
        List<EmailAddress> recipients) {
    public AcceptedMessage {
        recipients = List.copyOf(recipients);
    }
}
