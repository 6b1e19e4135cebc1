package io.postrider.delivery;

import io.postrider.route.Hop;

/**
 * Where mail waits together for its turn, as it goes over the same connections.
 *
 * @param site the names of all mail servers of a domain, for a hop that leads to them; empty for a hop that is one host
 */
public record Lane(Hop hop, String site) {
    @Override
    public String toString() {
        return site.isEmpty() ? hop.toString() : hop + " to " + site;
    }
}
