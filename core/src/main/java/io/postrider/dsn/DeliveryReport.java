package io.postrider.dsn;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.postrider.dsn.EnvelopeRequest.Returned;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.HeaderField;
import io.postrider.mail.MessageId;
import io.postrider.mail.RawMessage;
import io.postrider.mail.SmtpReply;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * A delivery status notification about one recipient, as a mail: {@code multipart/report} with a text for people, the fields of
 * <a href="https://datatracker.ietf.org/doc/html/rfc3464#section-2">RFC 3464</a> for programs, and the message or its header. What a peer said is taken for
 * hostile: nothing of it can begin a line, and what is not printable ASCII becomes a question mark.
 *
 * @param id of the report
 * @param reportingMta the host name of this service
 * @param from who reports
 * @param to the reverse-path of the message
 * @param arrival when the message was accepted
 * @param envelopeId as the submitter gave it, decoded
 * @param originalRecipient as the submitter gave it: type and address
 * @param returned how much of the message is given back
 */
public record DeliveryReport(
        MessageId id,
        String reportingMta,
        EmailAddress from,
        EmailAddress to,
        Instant at,
        Instant arrival,
        Optional<String> envelopeId,
        EmailAddress recipient,
        Optional<String> originalRecipient,
        Status status,
        RawMessage original,
        Returned returned) {
    private static final String CRLF = "\r\n";
    private static final int MAX_VALUE = 900;
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    /** What became of the recipient: the value of the field {@code Action}. */
    public enum Action {
        FAILED("Delivery failed", "could not be delivered, and will not be tried again."),
        DELAYED("Delivery delayed", "could not be delivered yet. It is tried again; you need not send it again."),
        RELAYED(
                "Delivered to the next server",
                "was taken over by the next mail server. Nothing more may be heard of it from here.");

        private final String subject;
        private final String sentence;

        Action(String subject, String sentence) {
            this.subject = subject;
            this.sentence = sentence;
        }
    }

    /**
     * Where the delivery stands.
     *
     * @param explanation in words
     * @param peer host of the peer that said the reply
     * @param reply what the peer said, if one did
     * @param lastAttempt none when there was no attempt
     * @param retryUntil for {@code DELAYED}
     */
    public record Status(
            Action action,
            EnhancedStatusCode code,
            String explanation,
            Optional<String> peer,
            Optional<SmtpReply> reply,
            Optional<Instant> lastAttempt,
            Optional<Instant> retryUntil) {}

    /** What the trace shows as its subject. */
    public String subject() {
        return status.action().subject + ": " + recipient;
    }

    /** The mail, all lines ended by CRLF. */
    public byte[] toBytes() {
        String boundary = "=_report-" + id;
        ByteArrayOutputStream mail = new ByteArrayOutputStream();
        write(mail, header(boundary));
        write(mail, "--" + boundary + CRLF + "Content-Type: text/plain; charset=us-ascii" + CRLF + CRLF + text());
        write(mail, CRLF + "--" + boundary + CRLF + "Content-Type: message/delivery-status" + CRLF + CRLF + fields());
        boolean full = returned == Returned.FULL;
        ByteBuffer[] parts = full ? original.parts().toArray(ByteBuffer[]::new) : new ByteBuffer[] {original.header()};
        write(
                mail,
                CRLF + "--" + boundary + CRLF + "Content-Type: " + (full ? "message/rfc822" : "text/rfc822-headers")
                        + CRLF + (isAscii(parts) ? "" : "Content-Transfer-Encoding: 8bit" + CRLF) + CRLF);
        for (ByteBuffer part : parts) {
            byte[] bytes = new byte[part.remaining()];
            part.duplicate().get(bytes);
            mail.writeBytes(bytes);
        }
        write(mail, CRLF + "--" + boundary + "--" + CRLF);
        return mail.toByteArray();
    }

    private String header(String boundary) {
        StringBuilder header = new StringBuilder();
        field(header, "From", "Mail Delivery System <" + from + ">");
        field(header, "To", "<" + to + ">");
        field(header, "Subject", subject());
        field(header, "Date", DATE.format(at));
        field(header, "Message-ID", "<" + id + "@" + from.domain() + ">");
        original.first("Message-ID")
                .map(HeaderField::decodedValue)
                .map(String::strip)
                .filter(value -> value.length() <= MAX_VALUE && value.matches("<[!-;=?-~]+>"))
                .ifPresent(value -> {
                    field(header, "In-Reply-To", value);
                    field(header, "References", value);
                });
        field(header, "Auto-Submitted", "auto-replied");
        field(header, "MIME-Version", "1.0");
        header.append("Content-Type: multipart/report; report-type=delivery-status;")
                .append(CRLF)
                .append("\tboundary=\"")
                .append(boundary)
                .append('"')
                .append(CRLF);
        return header.append(CRLF).toString();
    }

    private String text() {
        StringBuilder text = new StringBuilder("This is the mail system of " + reportingMta + "." + CRLF + CRLF);
        text.append("Your message to").append(CRLF).append(CRLF);
        text.append("    <").append(recipient).append('>').append(CRLF).append(CRLF);
        text.append(status.action().sentence).append(CRLF);
        status.retryUntil()
                .ifPresent(until -> text.append("It is tried until ")
                        .append(DATE.format(until))
                        .append('.')
                        .append(CRLF));
        text.append(CRLF)
                .append("What happened: ")
                .append(wrapped(status.explanation()))
                .append(CRLF);
        text.append(CRLF)
                .append("It was accepted at ")
                .append(DATE.format(arrival))
                .append('.')
                .append(CRLF);
        return text.toString();
    }

    private String fields() {
        StringBuilder fields = new StringBuilder();
        field(fields, "Reporting-MTA", "dns; " + reportingMta);
        envelopeId.ifPresent(value -> field(fields, "Original-Envelope-Id", value));
        field(fields, "Arrival-Date", DATE.format(arrival));
        fields.append(CRLF);
        originalRecipient.ifPresent(value -> field(fields, "Original-Recipient", value.replaceFirst(";", "; ")));
        field(fields, "Final-Recipient", "rfc822; " + recipient);
        field(fields, "Action", status.action().name().toLowerCase(Locale.ROOT));
        field(fields, "Status", status.code().toString());
        status.peer().ifPresent(peer -> field(fields, "Remote-MTA", "dns; " + peer));
        status.reply().ifPresent(reply -> field(fields, "Diagnostic-Code", "smtp; " + reply));
        status.lastAttempt().ifPresent(time -> field(fields, "Last-Attempt-Date", DATE.format(time)));
        status.retryUntil().ifPresent(time -> field(fields, "Will-Retry-Until", DATE.format(time)));
        return fields.toString();
    }

    private static void field(StringBuilder to, String name, String value) {
        to.append(name).append(": ").append(wrapped(value)).append(CRLF);
    }

    /** In lines of bearable length, of which only the first begins at the margin; cut where it is endless. */
    private static String wrapped(String value) {
        String printable =
                value.replaceAll("[^ -~]+", "?").replaceAll(" +", " ").strip();
        String bounded = printable.length() > MAX_VALUE ? printable.substring(0, MAX_VALUE) + "..." : printable;
        return bounded.replaceAll("(.{40,70}) ", "$1" + CRLF + " ");
    }

    private static boolean isAscii(ByteBuffer... parts) {
        for (ByteBuffer part : parts) {
            for (int i = part.position(); i < part.limit(); i++) {
                if (part.get(i) < 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private static void write(ByteArrayOutputStream mail, String text) {
        mail.writeBytes(text.getBytes(US_ASCII));
    }
}
