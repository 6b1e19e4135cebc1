package io.postrider.dispatch.simulation;

import io.postrider.dispatch.Parcel;
import io.postrider.dsn.DsnRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.AcceptedMessage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A mail as it stands in the journal.
 *
 * @param kept whether it is as the first stage of the pipeline left it
 */
public record SimulatedMail(MessageId message, Instant acceptedAt, boolean kept, List<EmailAddress> recipients)
        implements Parcel {
    /** The few that there are: to check an address takes longer than all the rest. */
    private static final Map<String, EmailAddress> ADDRESSES = new ConcurrentHashMap<>();

    public static SimulatedMail of(AcceptedMessage accepted) {
        return new SimulatedMail(accepted.id(), accepted.acceptedAt(), false, accepted.recipients());
    }

    public static SimulatedMail decode(byte[] bytes) {
        String[] parts = new String(bytes, StandardCharsets.US_ASCII).split(" ");
        return new SimulatedMail(
                new MessageId(parts[0]),
                Instant.ofEpochMilli(Long.parseLong(parts[1])),
                Boolean.parseBoolean(parts[2]),
                Arrays.stream(parts)
                        .skip(3)
                        .map(text -> ADDRESSES.computeIfAbsent(text, EmailAddress::parse))
                        .toList());
    }

    SimulatedMail asKept() {
        return new SimulatedMail(message, acceptedAt, true, recipients);
    }

    public byte[] encode() {
        return serialise(recipients);
    }

    @Override
    public byte[] serialise(Collection<EmailAddress> someRecipients) {
        String addresses = someRecipients.stream().map(EmailAddress::toString).collect(Collectors.joining(" "));
        return (message + " " + acceptedAt.toEpochMilli() + " " + kept + " " + addresses)
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public AcceptedMessage accepted(Collection<EmailAddress> someRecipients) {
        return new AcceptedMessage(
                message,
                "default",
                "transactional",
                "app",
                Optional.empty(),
                "a subject",
                100,
                acceptedAt,
                List.copyOf(someRecipients));
    }

    @Override
    public DsnRequest dsn() {
        return DsnRequest.NONE;
    }

    @Override
    public byte[] content() {
        return "a message".getBytes(StandardCharsets.US_ASCII);
    }
}
