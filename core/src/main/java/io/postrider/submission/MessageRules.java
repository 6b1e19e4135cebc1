package io.postrider.submission;

import io.postrider.mail.HeaderField;
import io.postrider.mail.RawMessage;
import io.postrider.mail.SmtpReply;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a message must be like to be taken, whoever sends it: a header section that every reader sees in the same way
 * (<a href="https://datatracker.ietf.org/doc/html/rfc5322#section-3.6">RFC 5322, section 3.6</a>), within the limits.
 */
public final class MessageRules {
    private static final String RECEIVED = "Received";
    private static final List<String> AT_MOST_ONCE = List.of(
            "From",
            "Sender",
            "Reply-To",
            "To",
            "Cc",
            "Bcc",
            "Subject",
            "Date",
            "Message-ID",
            "In-Reply-To",
            "References",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding");

    private final MessageLimits limits;

    public MessageRules(MessageLimits limits) {
        this.limits = limits;
    }

    /** Why a message that is submitted is refused; empty when it is not. */
    public Optional<SmtpReply> refusal(RawMessage message) {
        return refusalOfSize(message)
                .or(() ->
                        message.defect().map(defect -> format("The header section cannot be read for sure: " + defect)))
                .or(() -> refusalOfFields(message));
    }

    /** Why a message is refused that is not read, but only brought to its place: it is too large there, or goes round in circles. */
    public Optional<SmtpReply> refusalOfSize(RawMessage message) {
        Optional<SmtpReply> tooLarge =
                limits.refusalOfHeader(message.headerSize(), message.fields().size());
        if (tooLarge.isPresent()) {
            return tooLarge;
        }
        int hops = message.all(RECEIVED).size();
        if (hops > limits.maxHops()) {
            return Optional.of(new SmtpReply(
                    554,
                    "5.4.6 The message has " + hops + " Received fields and goes round in circles; at most "
                            + limits.maxHops() + " are taken (smtp.maxHops)"));
        }
        return Optional.empty();
    }

    private static Optional<SmtpReply> refusalOfFields(RawMessage message) {
        Map<String, Integer> counts = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (HeaderField field : message.fields()) {
            counts.merge(field.name(), 1, Integer::sum);
        }
        if (!counts.containsKey("From")) {
            return Optional.of(format("No From field; send exactly one"));
        }
        return AT_MOST_ONCE.stream()
                .filter(name -> counts.getOrDefault(name, 0) > 1)
                .findFirst()
                .map(name -> format(counts.get(name) + " " + name + " fields; send one (RFC 5322, section 3.6)"));
    }

    private static SmtpReply format(String fault) {
        return new SmtpReply(554, "5.6.0 " + fault);
    }
}
