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
 * @param sender to whom reports go
 * @param kept whether it is as the first stage of the pipeline left it
 */
public record SimulatedMail(
        MessageId message,
        Instant acceptedAt,
        boolean kept,
        int postponements,
        String submitter,
        Optional<EmailAddress> sender,
        List<EmailAddress> recipients)
        implements Parcel {
    private static final String NOBODY = "-";
    /** The few that there are: to check an address takes longer than all the rest. */
    private static final Map<String, EmailAddress> ADDRESSES = new ConcurrentHashMap<>();

    public static SimulatedMail of(AcceptedMessage accepted) {
        return new SimulatedMail(
                accepted.id(),
                accepted.acceptedAt(),
                false,
                0,
                accepted.submitter(),
                accepted.sender(),
                accepted.recipients());
    }

    /** A mail of nobody whom anything could be reported to. */
    public static SimulatedMail anonymous(MessageId message, Instant acceptedAt, List<EmailAddress> recipients) {
        return new SimulatedMail(message, acceptedAt, false, 0, "app", Optional.empty(), recipients);
    }

    public static SimulatedMail decode(byte[] bytes) {
        String[] parts = new String(bytes, StandardCharsets.US_ASCII).split(" ");
        return new SimulatedMail(
                new MessageId(parts[0]),
                Instant.ofEpochMilli(Long.parseLong(parts[1])),
                Boolean.parseBoolean(parts[2]),
                Integer.parseInt(parts[3]),
                parts[4],
                Optional.of(parts[5]).filter(text -> !text.equals(NOBODY)).map(SimulatedMail::address),
                Arrays.stream(parts).skip(6).map(SimulatedMail::address).toList());
    }

    private static EmailAddress address(String text) {
        return ADDRESSES.computeIfAbsent(text, EmailAddress::parse);
    }

    SimulatedMail asKept() {
        return new SimulatedMail(message, acceptedAt, true, postponements, submitter, sender, recipients);
    }

    public byte[] encode() {
        return serialise(recipients, postponements);
    }

    @Override
    public byte[] serialise(Collection<EmailAddress> someRecipients, int someMore) {
        String addresses = someRecipients.stream().map(EmailAddress::toString).collect(Collectors.joining(" "));
        String from = sender.map(EmailAddress::toString).orElse(NOBODY);
        return (message + " " + acceptedAt.toEpochMilli() + " " + kept + " " + someMore + " " + submitter + " " + from
                        + " " + addresses)
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public AcceptedMessage accepted(Collection<EmailAddress> someRecipients) {
        return new AcceptedMessage(
                message,
                "default",
                "transactional",
                submitter,
                sender,
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
        return "From: app@example.com\r\n\r\na message\r\n".getBytes(StandardCharsets.US_ASCII);
    }
}
