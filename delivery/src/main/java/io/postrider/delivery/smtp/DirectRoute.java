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
     * @param gatherTime how long recipients wait for the mail servers of others, so that those of one site go together
     */
    public record Settings(
            int port,
            Relay.Tls tls,
            int maxConnections,
            int maxAllConnections,
            int messagesPerConnection,
            int maxRecipients,
            Duration gatherTime) {}

    /** Connections to this site. */
    Endpoint endpoint(String site) {
        return new Endpoint(
                site,
                settings.port(),
                settings.tls(),
                Optional.empty(),
                settings.maxConnections(),
                settings.messagesPerConnection());
    }
}
