package io.postrider.delivery.smtp;

import java.time.Duration;
import java.util.stream.Stream;

/**
 * How the SMTP client behaves towards every hop.
 *
 * @param ehloName the name in EHLO and HELO; a host name or an address literal
 * @param idleTimeout how long an unused connection is kept
 * @param maxWait how long a transaction waits for a connection before it is postponed
 * @param maxPending transactions that may wait per hop; what comes on top is postponed at once
 * @param brokenTlsMemory how long a host whose STARTTLS failed is spoken to in clear text, where the mode is opportunistic
 * @param closeGrace how long {@code close} lets transactions that have begun come to their end
 */
public record SmtpClientSettings(
        String ehloName,
        Timeouts timeouts,
        Duration idleTimeout,
        Duration maxWait,
        int maxPending,
        Duration brokenTlsMemory,
        Duration closeGrace) {

    /**
     * How long each step may take; defaults as
     * <a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.5.3.2">RFC 5321, section 4.5.3.2</a>, where it names one.
     *
     * @param connect name lookup, and then each address
     * @param greeting the 220 of a new connection
     * @param ehlo EHLO, HELO, STARTTLS and AUTH
     * @param handshake the TLS handshake
     * @param data the 354
     * @param dataBlock one write of message data
     * @param finalDot the reply to the end of data
     * @param quit the reply to QUIT
     */
    public record Timeouts(
            Duration connect,
            Duration greeting,
            Duration ehlo,
            Duration handshake,
            Duration mail,
            Duration rcpt,
            Duration data,
            Duration dataBlock,
            Duration finalDot,
            Duration quit) {
        public static final Timeouts RFC5321 = new Timeouts(
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                Duration.ofMinutes(5),
                Duration.ofMinutes(2),
                Duration.ofMinutes(3),
                Duration.ofMinutes(10),
                Duration.ofSeconds(5));

        public Timeouts {
            Stream.of(connect, greeting, ehlo, handshake, mail, rcpt, data, dataBlock, finalDot, quit)
                    .forEach(timeout -> requirePositive("timeout", timeout));
        }
    }

    public SmtpClientSettings {
        if (!ehloName.matches("[A-Za-z0-9._-]{1,253}|\\[[0-9A-Za-z:.]{1,253}\\]")) {
            throw new IllegalArgumentException(
                    "ehloName: '" + ehloName + "' (expected: a host name or an address literal such as [192.0.2.1])");
        }
        requirePositive("idleTimeout", idleTimeout);
        requirePositive("maxWait", maxWait);
        requirePositive("brokenTlsMemory", brokenTlsMemory);
        if (closeGrace.isNegative()) {
            throw new IllegalArgumentException("closeGrace: " + closeGrace + " (expected: 0 or more)");
        }
        if (maxPending < 1) {
            throw new IllegalArgumentException("maxPending: " + maxPending + " (expected: 1 or more)");
        }
    }

    /** The defaults: timeouts of RFC 5321, idle 30 s, wait 20 s, 1000 waiting, broken TLS remembered for 1 h, 5 s to close. */
    public static SmtpClientSettings withDefaults(String ehloName) {
        return new SmtpClientSettings(
                ehloName,
                Timeouts.RFC5321,
                Duration.ofSeconds(30),
                Duration.ofSeconds(20),
                1000,
                Duration.ofHours(1),
                Duration.ofSeconds(5));
    }

    private static void requirePositive(String what, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: above 0)");
        }
    }
}
