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
 * @param faultMemory how long it is remembered what a host has shown to be unable to do, such as STARTTLS that it offers
 * @param attemptDelay until the next address of a host is tried beside one that has not answered (RFC 8305, section 5)
 * @param closeGrace how long {@code close} lets transactions that have begun come to their end
 */
public record SmtpClientSettings(
        String ehloName,
        Timeouts timeouts,
        Duration idleTimeout,
        Duration maxWait,
        int maxPending,
        Duration faultMemory,
        Duration attemptDelay,
        Pauses pauses,
        Duration closeGrace) {

    /**
     * How long an address that did not answer is left alone.
     *
     * @param first after the first time; each further one doubles it
     * @param most no longer than this; 0 for never
     */
    public record Pauses(Duration first, Duration most) {
        public static final Pauses DEFAULT = new Pauses(Duration.ofSeconds(5), Duration.ofMinutes(5));

        public Pauses {
            if (first.isNegative() || most.isNegative()) {
                throw new IllegalArgumentException("pauses: " + first + ", " + most + " (expected: 0 or more)");
            }
        }
    }

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
        requirePositive("faultMemory", faultMemory);
        requirePositive("attemptDelay", attemptDelay);
        if (closeGrace.isNegative()) {
            throw new IllegalArgumentException("closeGrace: " + closeGrace + " (expected: 0 or more)");
        }
        if (maxPending < 1) {
            throw new IllegalArgumentException("maxPending: " + maxPending + " (expected: 1 or more)");
        }
    }

    /** The defaults: timeouts of RFC 5321, idle 30 s, wait 20 s, 1000 waiting, faults remembered for 1 h, pauses of 5 s to 5 min, 5 s to close. */
    public static SmtpClientSettings withDefaults(String ehloName) {
        return new SmtpClientSettings(
                ehloName,
                Timeouts.RFC5321,
                Duration.ofSeconds(30),
                Duration.ofSeconds(20),
                1000,
                Duration.ofHours(1),
                Duration.ofMillis(250),
                Pauses.DEFAULT,
                Duration.ofSeconds(5));
    }

    private static void requirePositive(String what, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: above 0)");
        }
    }
}
