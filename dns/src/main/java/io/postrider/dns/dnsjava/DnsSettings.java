package io.postrider.dns.dnsjava;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.xbill.DNS.ResolverConfig;

/**
 * How questions are asked and answers kept.
 *
 * @param servers recursive resolvers, in the order in which they are asked
 * @param timeout of one question to one server
 * @param rounds how often each server is asked before we give up
 * @param minTtl answers are kept this long at least
 * @param maxTtl answers are kept this long at most
 * @param maxNegativeTtl likewise for what does not exist (<a href="https://datatracker.ietf.org/doc/html/rfc2308#section-5">RFC 2308, section 5</a>)
 * @param failureTtl how long it is remembered that there was no answer
 * @param cacheEntries answers kept
 * @param maxOutstanding questions that wait for a server at the same time; further ones wait for their turn
 */
public record DnsSettings(
        List<InetSocketAddress> servers,
        Duration timeout,
        int rounds,
        Duration minTtl,
        Duration maxTtl,
        Duration maxNegativeTtl,
        Duration failureTtl,
        int cacheEntries,
        int maxOutstanding) {
    public DnsSettings {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("servers: [] (expected: one or more)");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: above 0)");
        }
        if (rounds < 1 || cacheEntries < 1 || maxOutstanding < 1) {
            throw new IllegalArgumentException("rounds, cacheEntries and maxOutstanding: " + rounds + ", "
                    + cacheEntries + ", " + maxOutstanding + " (expected: 1 or more each)");
        }
        if (minTtl.compareTo(maxTtl) > 0) {
            throw new IllegalArgumentException("minTtl: " + minTtl + " (expected: up to maxTtl, " + maxTtl + ")");
        }
    }

    /** The defaults: 3 s, two rounds, TTL 5 s to 1 d, 15 min for what does not exist, 5 s for failures, 50,000 answers, 500 questions. */
    public static DnsSettings withDefaults(List<InetSocketAddress> servers) {
        return new DnsSettings(
                servers,
                Duration.ofSeconds(3),
                2,
                Duration.ofSeconds(5),
                Duration.ofDays(1),
                Duration.ofMinutes(15),
                Duration.ofSeconds(5),
                50_000,
                500);
    }

    /** The servers that this machine uses. */
    public static List<InetSocketAddress> serversOfSystem() {
        return ResolverConfig.getCurrentConfig().servers();
    }
}
