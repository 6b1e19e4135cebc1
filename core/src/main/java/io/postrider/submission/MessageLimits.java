package io.postrider.submission;

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
}
