package io.postrider.simulator.smtp;

import java.time.Duration;

/**
 * How the simulator is set up.
 *
 * @param name what it calls itself
 * @param port 0 for any that is free
 * @param maxMessages how many messages are kept
 * @param maxKeptBytes how many bytes of messages are kept
 * @param maxMessageBytes the limit that it states as SIZE
 * @param idleTimeout after which a silent client is hung up on
 */
public record SimulatorSettings(
        String name, int port, int maxMessages, long maxKeptBytes, int maxMessageBytes, Duration idleTimeout) {
    private static final int MEBIBYTE = 1024 * 1024;

    public SimulatorSettings {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
        }
        if (maxMessages < 1 || maxKeptBytes < 1 || maxMessageBytes < 1) {
            throw new IllegalArgumentException("maxMessages, maxKeptBytes, maxMessageBytes: " + maxMessages + ", "
                    + maxKeptBytes + ", " + maxMessageBytes + " (expected: 1 or more each)");
        }
        if (idleTimeout.isNegative() || idleTimeout.isZero()) {
            throw new IllegalArgumentException("idleTimeout: " + idleTimeout + " (expected: above 0)");
        }
    }

    /** Any free port; the newest 1000 messages and 64 MiB; messages of 50 MiB; 5 min. */
    public static SimulatorSettings defaults() {
        return new SimulatorSettings(
                "simulator.invalid", 0, 1000, 64L * MEBIBYTE, 50 * MEBIBYTE, Duration.ofMinutes(5));
    }
}
