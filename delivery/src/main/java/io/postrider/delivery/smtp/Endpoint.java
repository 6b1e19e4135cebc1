package io.postrider.delivery.smtp;

import io.postrider.route.Relay;
import java.util.Optional;

/**
 * Where a hop listens and how it wants to be spoken to. Two endpoints that differ in anything share no connection.
 *
 * @param host a host name or an IP address
 * @param login for AUTH; it goes out under TLS only, or in clear text to loopback when the TLS mode is NONE
 * @param maxConnections connections at a time, 1 or more
 * @param messagesPerConnection transactions on one connection, 1 or more
 */
public record Endpoint(
        String host, int port, Relay.Tls tls, Optional<Login> login, int maxConnections, int messagesPerConnection) {
    public Endpoint {
        if (host.isBlank()) {
            throw new IllegalArgumentException("host: blank (expected: a host name or an IP address)");
        }
        requireAtLeastOne("port", port);
        requireAtLeastOne("maxConnections", maxConnections);
        requireAtLeastOne("messagesPerConnection", messagesPerConnection);
    }

    /** The endpoint that a relay describes. */
    public static Endpoint of(Relay relay) {
        return new Endpoint(
                relay.host(),
                relay.port(),
                relay.tls(),
                relay.username().flatMap(user -> relay.password().map(password -> new Login(user, password))),
                relay.maxConnections(),
                relay.messagesPerConnection());
    }

    /** The same with another host. */
    Endpoint with(String otherHost) {
        return new Endpoint(otherHost, port, tls, login, maxConnections, messagesPerConnection);
    }

    /** As the trace shows it: {@code mx.example.com:25}, {@code [::1]:25}. */
    String hostAndPort() {
        boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
        return (bare ? "[" + host + "]" : host) + ":" + port;
    }

    private static void requireAtLeastOne(String what, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: 1 or more)");
        }
    }
}
