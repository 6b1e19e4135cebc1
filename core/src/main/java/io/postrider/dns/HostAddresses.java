package io.postrider.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The addresses of hosts that an operator has named, such as a relay: as a literal, in the hosts file of the machine, in DNS. Does not block, except for the
 * hosts file; safe for concurrent use.
 */
public final class HostAddresses {
    private static final int MAX_REMEMBERED = 1000;
    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    /** Nothing else: the JDK would ask the system about it. */
    private static final Pattern LITERAL =
            Pattern.compile("(" + OCTET + "\\.){3}" + OCTET + "|[0-9a-f:.]*:[0-9a-f:.]*");

    /** Such as a relay that is named by its address: each of its mails asks for it. */
    private final Map<String, DnsAnswer<InetAddress>> literals = new ConcurrentHashMap<>();

    private final Dns dns;
    private final Function<String, List<InetAddress>> hostsFile;
    private final List<String> searchDomains;
    private final Map<String, DnsAnswer<InetAddress>> lastKnown = new LinkedHashMap<>();

    /**
     * @param hostsFile what it says of a name in lower case; comes before DNS
     * @param searchDomains in which names without a dot are looked for, when nothing is found for them as they are
     */
    public HostAddresses(Dns dns, Function<String, List<InetAddress>> hostsFile, List<String> searchDomains) {
        this.dns = dns;
        this.hostsFile = hostsFile;
        this.searchDomains = List.copyOf(searchDomains);
    }

    /**
     * Finds the addresses, IPv4 before IPv6. While DNS fails, what it said last still counts.
     *
     * @param host a name or a literal without brackets
     */
    public CompletionStage<DnsAnswer<InetAddress>> find(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        try {
            DnsAnswer<InetAddress> known = literals.get(name);
            if (known != null) {
                return completed(known);
            }
            if (LITERAL.matcher(name).matches()) {
                DnsAnswer<InetAddress> literal = found(name, List.of(InetAddress.getAllByName(name)));
                if (literals.size() < MAX_REMEMBERED) {
                    literals.put(name, literal);
                }
                return completed(literal);
            }
            List<InetAddress> local = hostsFile.apply(name);
            if (!local.isEmpty()) {
                return completed(found(name, local));
            }
            if (name.equals("localhost")) { // never asked for in DNS: RFC 6761, section 6.3
                return completed(found(name, List.of(InetAddress.getLoopbackAddress())));
            }
        } catch (UnknownHostException e) {
            return completed(new DnsAnswer.NoSuchDomain<>()); // 1:2:3
        }
        Iterator<String> others = name.contains(".")
                ? List.<String>of().iterator()
                : searchDomains.stream().map(domain -> name + "." + domain).iterator();
        return first(name, others).thenApply(answer -> orLastKnown(name, answer));
    }

    /** A failure is no end: some servers refuse, or fail over, a name without a dot. When none is found, the first failure is the answer. */
    private CompletionStage<DnsAnswer<InetAddress>> first(String name, Iterator<String> others) {
        return inDns(name).thenCompose(answer -> {
            if (answer instanceof DnsAnswer.Found || !others.hasNext()) {
                return completed(answer);
            }
            CompletionStage<DnsAnswer<InetAddress>> further = first(others.next(), others);
            return answer instanceof DnsAnswer.Failed
                    ? further.thenApply(found -> found instanceof DnsAnswer.Found ? found : answer)
                    : further;
        });
    }

    private CompletionStage<DnsAnswer<InetAddress>> inDns(String name) {
        return dns.find(name, RecordType.A).thenCombine(dns.find(name, RecordType.AAAA), (v4, v6) -> {
            List<InetAddress> addresses = Stream.<InetAddress>concat(v4.records().stream(), v6.records().stream())
                    .toList();
            if (!addresses.isEmpty()) {
                return found(name, addresses);
            }
            return v4.failure()
                    .or(v6::failure)
                    .<DnsAnswer<InetAddress>>map(DnsAnswer.Failed::new)
                    .orElseGet(() -> v4 instanceof DnsAnswer.NoSuchDomain
                            ? new DnsAnswer.NoSuchDomain<>()
                            : new DnsAnswer.NoData<>());
        });
    }

    /** A relay that works is not to be lost over a name server that does not. */
    private synchronized DnsAnswer<InetAddress> orLastKnown(String name, DnsAnswer<InetAddress> answer) {
        if (answer instanceof DnsAnswer.Failed) {
            return lastKnown.getOrDefault(name, answer);
        }
        lastKnown.remove(name);
        if (answer instanceof DnsAnswer.Found) {
            lastKnown.put(name, answer);
            if (lastKnown.size() > MAX_REMEMBERED) {
                Iterator<String> eldest = lastKnown.keySet().iterator();
                eldest.next();
                eldest.remove();
            }
        }
        return answer;
    }

    private static DnsAnswer<InetAddress> found(String name, List<InetAddress> addresses) {
        return new DnsAnswer.Found<>(addresses, name, Duration.ZERO, false);
    }

    private static CompletionStage<DnsAnswer<InetAddress>> completed(DnsAnswer<InetAddress> answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
