package io.postrider.delivery.smtp;

import io.postrider.mx.MailHost;
import io.postrider.route.EgressPool;
import io.postrider.shaping.ShapingRule;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Where the connections of a pool go, and from where.
 *
 * @param endpoint of a hop that is one host; for a site, its name stands for that of the host
 * @param hosts in the order in which they are tried; it may differ from one message to the next
 * @param remarks on hosts that are left out
 * @param rule whose limits hold there
 */
record Destination(
        Endpoint endpoint, List<MailHost> hosts, EgressPool sources, List<String> remarks, Optional<ShapingRule> rule) {
    /** A hop that is one host, reached from the address that the system chooses. */
    static Destination of(Endpoint endpoint, List<InetAddress> addresses, Optional<ShapingRule> rule) {
        return new Destination(
                endpoint, List.of(new MailHost(endpoint.host(), addresses)), EgressPool.ofSystem(), List.of(), rule);
    }

    /** Whether connections of the one may serve for the other. */
    boolean sharesWith(Destination other) {
        return endpoint.equals(other.endpoint) && sources.equals(other.sources);
    }
}
