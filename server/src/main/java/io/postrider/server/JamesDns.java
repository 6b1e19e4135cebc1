package io.postrider.server;

import io.postrider.dns.Dns;
import io.postrider.dns.DnsAnswer;
import io.postrider.dns.MailExchanger;
import io.postrider.dns.RecordType;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.james.dnsservice.api.DNSService;
import org.apache.james.dnsservice.api.TemporaryResolutionException;

/** Our DNS as James asks for it, blocking. Names of addresses are not looked up: James asks for them on threads that must not wait. */
final class JamesDns implements DNSService {
    private final Dns dns;

    JamesDns(Dns dns) {
        this.dns = dns;
    }

    @Override
    public Collection<String> findMXRecords(String domain) throws TemporaryResolutionException {
        DnsAnswer<MailExchanger> answer = answer(domain, RecordType.MX);
        if (answer.failure().isPresent()) {
            throw new TemporaryResolutionException(answer.failure().get());
        }
        return answer.records().stream()
                .sorted(Comparator.comparingInt(MailExchanger::preference))
                .map(MailExchanger::host)
                .toList();
    }

    @Override
    public Collection<String> findTXTRecords(String name) {
        return answer(name, RecordType.TXT).records();
    }

    @Override
    public Collection<InetAddress> getAllByName(String host) throws UnknownHostException {
        if (host.matches("[0-9.]+|.*:.*")) {
            return List.of(InetAddress.getAllByName(host)); // a literal, or nothing
        }
        DnsAnswer<Inet4Address> v4 = answer(host, RecordType.A);
        DnsAnswer<Inet6Address> v6 = answer(host, RecordType.AAAA);
        List<InetAddress> addresses = Stream.<InetAddress>concat(v4.records().stream(), v6.records().stream())
                .toList();
        if (addresses.isEmpty()) {
            throw new UnknownHostException(
                    host + v4.failure().map(reason -> ": " + reason).orElse(""));
        }
        return addresses;
    }

    @Override
    public InetAddress getByName(String host) throws UnknownHostException {
        return getAllByName(host).iterator().next();
    }

    @Override
    public InetAddress getLocalHost() throws UnknownHostException {
        return InetAddress.getLocalHost();
    }

    @Override
    public String getHostName(InetAddress address) {
        return address.getHostAddress();
    }

    private <T> DnsAnswer<T> answer(String name, RecordType<T> type) {
        return dns.find(name, type).toCompletableFuture().join();
    }
}
