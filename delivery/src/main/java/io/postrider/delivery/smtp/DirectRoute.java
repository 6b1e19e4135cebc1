package io.postrider.delivery.smtp;

import io.postrider.mx.MxResolver;
import io.postrider.route.EgressPool;
import io.postrider.route.Relay;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * How mail goes to the mail servers of its recipients.
 *
 * @param pools finds a pool by name, on the caller's thread; for {@code default}, there is always one
 * @param settings likewise for all sites
 */
public record DirectRoute(MxResolver resolver, Function<String, Optional<EgressPool>> pools, Settings settings) {
    /**
     * @param port of all mail servers: 25
     * @param maxConnections to one site from one pool
     * @param maxAllConnections to all sites, relays and the simulator together
     * @param messagesPerConnection transactions on one connection
     * @param maxRecipients of one transaction
     * @param attemptDelay until the next address of a host is tried beside one that has not answered (RFC 8305, section 5)
     * @param silenceMemory how long an address that did not answer is not tried again
     */
    public record Settings(
            int port,
            Relay.Tls tls,
            int maxConnections,
            int maxAllConnections,
            int messagesPerConnection,
            int maxRecipients,
            Duration attemptDelay,
            Duration silenceMemory) {}

    /** A connection to this host; the site decides which that is. */
    Endpoint endpoint(String host) {
        return new Endpoint(
                host,
                settings.port(),
                settings.tls(),
                Optional.empty(),
                settings.maxConnections(),
                settings.messagesPerConnection());
    }
}
