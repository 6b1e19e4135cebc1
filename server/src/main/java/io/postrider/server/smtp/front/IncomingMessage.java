package io.postrider.server.smtp.front;

import io.postrider.mail.SmtpReply;
import io.postrider.server.config.SmtpSettings;
import io.postrider.submission.MessageLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The message that follows a 354, with our trace field on top. What is to be refused is not kept, but read to its end, so that the next command is one.
 */
final class IncomingMessage implements DataDecoder.Content, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(IncomingMessage.class);
    private static final byte[] CRLF = {'\r', '\n'};
    /** RFC 5322, section 2.1.1. */
    private static final int LONGEST_LINE = 998;

    private final SmtpSettings.Content rules;
    private final long maxSize;
    private final MessageBuffer buffer;
    private final HeaderGauge header;
    private final DataDecoder decoder = new DataDecoder(this);
    private Optional<SmtpReply> refusal = Optional.empty();
    private long size;
    private long lineLength;
    private boolean empty = true;
    /** What is to be kept and not yet written: pieces of one array that follow one another. */
    private byte[] pending = CRLF;

    private int pendingFrom;
    private int pendingTo;

    /**
     * @param traceField with its CRLF
     * @param maxSize octets of the message without the trace field
     */
    IncomingMessage(
            SmtpSettings.Content rules, MessageLimits limits, long maxSize, MessageBuffer buffer, String traceField) {
        this.rules = rules;
        this.maxSize = maxSize;
        this.buffer = buffer;
        this.header = new HeaderGauge(limits);
        byte[] field = traceField.getBytes(StandardCharsets.US_ASCII);
        header.ourField(field.length);
        keep(field, 0, field.length);
        write();
    }

    /** Takes octets, and returns the index behind the last one that belongs to this message. */
    int take(byte[] bytes, int from, int to) {
        int next = decoder.decode(bytes, from, to);
        write();
        return next;
    }

    /** Whether so many more octets do not make it go to a file. */
    boolean staysInMemory(int octets) {
        return buffer.staysInMemory(octets);
    }

    boolean isComplete() {
        return decoder.isAtEnd();
    }

    /** Why it cannot be taken, if so. */
    Optional<SmtpReply> refusal() {
        return refusal;
    }

    /** Bytes that {@link #toBytes} will have. */
    long length() {
        return buffer.size();
    }

    byte[] toBytes() throws IOException {
        return buffer.toBytes();
    }

    @Override
    public void text(byte[] bytes, int from, int to) {
        if (empty && (bytes[from] == ' ' || bytes[from] == '\t')) {
            // Or it would continue our trace field.
            header.lineEnd();
            keep(CRLF, 0, CRLF.length);
        }
        empty = false;
        lineLength += to - from;
        if (lineLength > LONGEST_LINE && rules.longLines() == SmtpSettings.LongLines.REFUSE) {
            refuse(new SmtpReply(
                    554,
                    "5.6.0 A line has more than " + LONGEST_LINE
                            + " octets; encode the part as quoted-printable or base64 (smtp.longLines is refuse)"));
        }
        count(to - from);
        if (!header.isEnded()) {
            header.text(bytes, from, to);
            header.refusal().ifPresent(this::refuse);
        }
        keep(bytes, from, to);
    }

    @Override
    public void lineEnd(byte[] bytes, int at) {
        empty = false;
        lineLength = 0;
        count(CRLF.length);
        if (!header.isEnded()) {
            header.lineEnd();
            header.refusal().ifPresent(this::refuse);
        }
        keep(bytes, at, at + CRLF.length);
    }

    @Override
    public void irregular() {
        if (rules.bareLineEnds() == SmtpSettings.BareLineEnds.REFUSE) {
            refuse(
                    new SmtpReply(
                            554,
                            "5.6.0 The message has a bare CR, a bare LF or a NUL; end lines with CRLF (smtp.bareLineEnds is refuse)"));
        }
    }

    @Override
    public void close() {
        buffer.close();
    }

    private void count(int octets) {
        size += octets;
        if (size > maxSize) {
            refuse(new SmtpReply(552, "5.3.4 The message is too large; at most " + maxSize + " octets are taken"));
        }
    }

    private void keep(byte[] bytes, int from, int to) {
        if (bytes != pending || from != pendingTo) {
            write();
            pending = bytes;
            pendingFrom = from;
        }
        pendingTo = to;
    }

    private void write() {
        int from = pendingFrom;
        pendingFrom = pendingTo;
        if (refusal.isPresent() || from == pendingTo) {
            return;
        }
        try {
            buffer.write(pending, from, pendingTo);
        } catch (IOException e) {
            LOGGER.error("a message could not be written to a file while it came in", e);
            refuse(new SmtpReply(452, "4.3.1 There is no room to receive the message; try again in a minute"));
        }
    }

    private void refuse(SmtpReply reply) {
        if (refusal.isEmpty()) {
            refusal = Optional.of(reply);
            buffer.close();
        }
    }
}
