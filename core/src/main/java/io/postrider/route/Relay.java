package io.postrider.route;

import java.util.Optional;

/**
 * A smart host.
 *
 * @param tls how the connection is secured
 * @param username for AUTH PLAIN; none means no AUTH
 * @param password stores encrypt it at rest; never logged, never answered
 * @param maxConnections connections at a time, 1 to 1000
 * @param messagesPerConnection transactions on one connection, 1 or more
 * @param headerSet which header fields DKIM signs for mail that goes this way
 */
public record Relay(
        String name,
        String host,
        int port,
        Tls tls,
        Optional<String> username,
        Optional<String> password,
        int maxConnections,
        int messagesPerConnection,
        HeaderSet headerSet) {

    /** How a connection to a relay is secured. */
    public enum TlsMode {
        /** Never TLS. */
        NONE,
        /** STARTTLS when offered, clear text when not. */
        OPPORTUNISTIC,
        /** STARTTLS or no mail. */
        STARTTLS,
        /** TLS from the first byte, as on port 465 (RFC 8314). */
        IMPLICIT
    }

    /**
     * @param verify whether the certificate must be valid for the host
     * @param ca PEM certificates to trust instead of the platform's
     */
    public record Tls(TlsMode mode, boolean verify, Optional<String> ca) {}

    public Relay {
        if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    "relay: '" + name + "' (expected: 1 to 63 of a-z, 0-9 and inner hyphens)");
        }
        if (host.isBlank() || host.length() > 253 || !host.matches("[A-Za-z0-9._:-]+")) {
            throw new IllegalArgumentException("host: '" + host + "' (expected: a host name or an IP address)");
        }
        requireRange("port", port, 1, 65535);
        requireRange("maxConnections", maxConnections, 1, 1000);
        requireRange("messagesPerConnection", messagesPerConnection, 1, 1_000_000);
        if (username.isPresent() != password.isPresent()) {
            throw new IllegalArgumentException("username and password: one without the other (expected: both or none)");
        }
    }

    @Override
    public String toString() {
        return "Relay[" + name + ", " + host + ":" + port + ", " + tls.mode() + "]";
    }

    private static void requireRange(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: " + least + " to " + most + ")");
        }
    }
}
