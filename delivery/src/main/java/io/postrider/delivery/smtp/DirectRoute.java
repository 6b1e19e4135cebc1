package io.postrider.delivery.smtp;

import io.postrider.mx.MxResolver;
import io.postrider.route.EgressPool;
import io.postrider.route.Relay;
import io.postrider.shaping.ShapingRule;
import io.postrider.shaping.ShapingRule.Limits;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
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

    /** Connections to this site, within the limits of this rule. */
    Endpoint endpoint(String site, Optional<ShapingRule> rule) {
        return new Endpoint(
                site,
                settings.port(),
                settings.tls(),
                Optional.empty(),
                limit(rule, Limits::maxConnections, settings.maxConnections()),
                limit(rule, Limits::messagesPerConnection, settings.messagesPerConnection()));
    }

    int maxRecipients(Optional<ShapingRule> rule) {
        return limit(rule, Limits::maxRecipients, settings.maxRecipients());
    }

    private static int limit(Optional<ShapingRule> rule, Function<Limits, OptionalInt> limit, int otherwise) {
        return rule.map(ShapingRule::limits)
                .map(limit)
                .orElse(OptionalInt.empty())
                .orElse(otherwise);
    }
}
