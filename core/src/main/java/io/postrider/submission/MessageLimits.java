package io.postrider.submission;

import io.postrider.mail.SmtpReply;
import java.util.Optional;

/**
 * How much header a message may have.
 *
 * @param maxHeaderSize bytes of the header section
 * @param maxHeaderFields fields of it
 * @param maxHops Received fields of it
 */
public record MessageLimits(long maxHeaderSize, int maxHeaderFields, int maxHops) {
    public MessageLimits {
        if (maxHeaderSize < 1 || maxHeaderFields < 1 || maxHops < 1) {
            throw new IllegalArgumentException("limits: " + maxHeaderSize + " bytes, " + maxHeaderFields + " fields, "
                    + maxHops + " hops (expected: 1 or more each)");
        }
    }

    /**
     * Why a header section is refused that has come so far; empty when it is not.
     *
     * @param size bytes
     * @param fields how many
     */
    public Optional<SmtpReply> refusalOfHeader(long size, int fields) {
        if (size > maxHeaderSize) {
            return Optional.of(new SmtpReply(
                    552,
                    "5.3.4 The header section is too large; at most " + maxHeaderSize
                            + " octets are taken (smtp.maxHeaderSize)"));
        }
        if (fields > maxHeaderFields) {
            return Optional.of(new SmtpReply(
                    552,
                    "5.3.4 The header section has too many fields; at most " + maxHeaderFields
                            + " are taken (smtp.maxHeaderFields)"));
        }
        return Optional.empty();
    }
}
