package io.postrider.delivery.smtp;

import io.postrider.mx.MailHost;
import io.postrider.route.EgressPool;
import java.util.List;
import java.util.Optional;

/**
 * Where the connections of a pool go, and from where.
 *
 * @param endpoint of a hop that is one host; for a site, that of any of its hosts
 * @param site none for a hop that is one host
 */
record Destination(Endpoint endpoint, Optional<Site> site) {
    /**
     * @param hosts in the order in which they are tried; it may differ from one message to the next
     * @param remarks on hosts that are left out
     */
    record Site(List<MailHost> hosts, EgressPool sources, List<String> remarks) {}

    static Destination of(Endpoint endpoint) {
        return new Destination(endpoint, Optional.empty());
    }

    /** Whether connections of the one may serve for the other. */
    boolean sharesWith(Destination other) {
        return site.isPresent()
                ? other.site.isPresent()
                        && site.get().sources().equals(other.site.get().sources())
                        && endpoint.with("any").equals(other.endpoint.with("any"))
                : endpoint.equals(other.endpoint);
    }
}
