package io.postrider.mx;

import io.postrider.dns.Dns;
import io.postrider.dns.DnsAnswer;
import io.postrider.dns.MailExchanger;
import io.postrider.dns.RecordType;
import io.postrider.mail.EnhancedStatusCode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the hosts that take the mail for a domain (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-5">RFC 5321, section 5</a>,
 * <a href="https://datatracker.ietf.org/doc/html/rfc7505">RFC 7505</a>). Does not block; safe for concurrent use.
 */
public final class MxResolver {
    private static final EnhancedStatusCode NO_SUCH_DOMAIN = new EnhancedStatusCode(5, 1, 2);
    private static final EnhancedStatusCode NULL_MX = new EnhancedStatusCode(5, 1, 10);
    private static final EnhancedStatusCode NO_ROUTE = new EnhancedStatusCode(5, 4, 4);
    private static final EnhancedStatusCode LOOP = new EnhancedStatusCode(5, 4, 6);
    private static final Pattern LITERAL =
            Pattern.compile("\\[(?:(?i:ipv6:)([0-9a-fA-F:.]*:[0-9a-fA-F:.]*)|([0-9]{1,3}(?:\\.[0-9]{1,3}){3}))]");

    private final Dns dns;
    private final Random random;
    private final AddressPolicy policy;
    private final IpVersions versions;
    private final Limits limits;

    /**
     * @param maxHosts hosts that are looked at, the most preferred ones
     * @param maxAddresses addresses of one host
     */
    public record Limits(int maxHosts, int maxAddresses) {}

    /** A host with what DNS says of its addresses. */
    private record Candidate(
            MailExchanger mx, DnsAnswer<? extends InetAddress> v4, DnsAnswer<? extends InetAddress> v6) {
        List<InetAddress> addresses() {
            return Stream.<InetAddress>concat(v4.records().stream(), v6.records().stream())
                    .toList();
        }

        Optional<String> failure() {
            return v4.failure().or(v6::failure);
        }
    }

    /** @param random shuffles hosts of equal preference; safe for concurrent use */
    public MxResolver(Dns dns, Random random, AddressPolicy policy, IpVersions versions, Limits limits) {
        this.dns = dns;
        this.random = random;
        this.policy = policy;
        this.versions = versions;
        this.limits = limits;
    }

    /**
     * Finds the hosts.
     *
     * @param domain in A-labels, or an address literal with its brackets
     */
    public CompletionStage<MxResolution> resolve(String domain) {
        if (domain.startsWith("[")) {
            return CompletableFuture.completedFuture(ofLiteral(domain));
        }
        return dns.find(domain, RecordType.MX).thenCompose(answer -> ofMx(domain, answer));
    }

    private CompletionStage<MxResolution> ofMx(String domain, DnsAnswer<MailExchanger> answer) {
        if (answer instanceof DnsAnswer.Failed<MailExchanger> failed) {
            return completed(
                    new MxResolution.Unknown("the MX of " + domain + " cannot be found out: " + failed.reason()));
        } else if (answer instanceof DnsAnswer.NoSuchDomain) {
            return completed(
                    new MxResolution.Undeliverable(NO_SUCH_DOMAIN, "the domain " + domain + " does not exist"));
        } else if (answer instanceof DnsAnswer.NoData) {
            return ofHosts(domain, List.of(new MailExchanger(0, domain)), true);
        }
        List<MailExchanger> all = answer.records();
        if (all.stream().allMatch(MailExchanger::isNull)) {
            return completed(new MxResolution.Undeliverable(
                    NULL_MX, "556 the domain " + domain + " takes no mail: it has a null MX"));
        }
        return ofHosts(domain, all.stream().filter(mx -> !mx.isNull()).toList(), false);
    }

    private CompletionStage<MxResolution> ofHosts(String domain, List<MailExchanger> all, boolean implicit) {
        List<String> remarks = new ArrayList<>();
        List<MailExchanger> ordered =
                upToOurselves(inOrder(all), mx -> policy.ownNames().contains(mx.host()), remarks);
        if (ordered.isEmpty()) {
            return completed(loop(domain, remarks));
        }
        String site = String.join(
                ",", new TreeSet<>(all.stream().map(MailExchanger::host).toList()));
        List<CompletableFuture<Candidate>> lookups = ordered.stream()
                .limit(limits.maxHosts())
                .map(this::withAddresses)
                .toList();
        return CompletableFuture.allOf(lookups.toArray(CompletableFuture[]::new))
                .thenApply(done -> usable(
                        domain,
                        site,
                        lookups.stream().map(CompletableFuture::join).toList(),
                        remarks,
                        implicit));
    }

    /** By preference, equal ones shuffled, each host once. */
    private List<MailExchanger> inOrder(List<MailExchanger> all) {
        List<MailExchanger> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, random);
        shuffled.sort(Comparator.comparingInt(MailExchanger::preference));
        Map<String, MailExchanger> byName = new LinkedHashMap<>();
        shuffled.forEach(mx -> byName.putIfAbsent(mx.host(), mx));
        return List.copyOf(byName.values());
    }

    /** Those that are preferred to ourselves: mail for the others would come back to us (RFC 5321, section 5.1). */
    private static List<MailExchanger> upToOurselves(
            List<MailExchanger> ordered, Predicate<MailExchanger> isOurselves, List<String> remarks) {
        Optional<MailExchanger> ourselves = ordered.stream().filter(isOurselves).findFirst();
        if (ourselves.isEmpty()) {
            return ordered;
        }
        remarks.add(ourselves.get().host() + " is ourselves: it and all that are not preferred to it are left out");
        return ordered.stream()
                .filter(mx -> mx.preference() < ourselves.get().preference())
                .toList();
    }

    private CompletableFuture<Candidate> withAddresses(MailExchanger mx) {
        CompletionStage<? extends DnsAnswer<? extends InetAddress>> v4 = versions.hasV4()
                ? dns.find(mx.host(), RecordType.A)
                : CompletableFuture.completedFuture(new DnsAnswer.NoData<InetAddress>());
        CompletionStage<? extends DnsAnswer<? extends InetAddress>> v6 = versions.hasV6()
                ? dns.find(mx.host(), RecordType.AAAA)
                : CompletableFuture.completedFuture(new DnsAnswer.NoData<InetAddress>());
        return v4.<DnsAnswer<? extends InetAddress>, Candidate>thenCombine(
                        v6, (four, six) -> new Candidate(mx, four, six))
                .toCompletableFuture();
    }

    private MxResolution usable(
            String domain, String site, List<Candidate> candidates, List<String> remarks, boolean implicit) {
        Set<InetAddress> own = policy.ownAddresses().get();
        Map<String, Candidate> byName = new LinkedHashMap<>();
        candidates.forEach(candidate -> byName.put(candidate.mx().host(), candidate));
        List<MailExchanger> preferred = upToOurselves(
                candidates.stream().map(Candidate::mx).toList(),
                mx -> byName.get(mx.host()).addresses().stream()
                        .anyMatch(address -> policy.of(address, own) == AddressPolicy.Verdict.OURSELVES),
                remarks);
        boolean refused = preferred.size() < candidates.size();
        List<MailHost> hosts = new ArrayList<>();
        Optional<String> failure = Optional.empty();
        for (MailExchanger mx : preferred) {
            Candidate candidate = byName.get(mx.host());
            List<InetAddress> addresses = new ArrayList<>();
            for (InetAddress address : candidate.addresses()) {
                if (policy.of(address, own) == AddressPolicy.Verdict.FINE) {
                    addresses.add(address);
                } else {
                    refused = true;
                    remarks.add(
                            mx.host() + " has the address " + address.getHostAddress() + ", which mail may not go to");
                }
            }
            if (!addresses.isEmpty()) {
                hosts.add(new MailHost(
                        mx.host(),
                        versions.inTurn(addresses).stream()
                                .limit(limits.maxAddresses())
                                .toList()));
            } else if (candidate.failure().isPresent()) {
                String reason = "the addresses of " + mx.host() + " cannot be found out: "
                        + candidate.failure().get();
                remarks.add(reason);
                failure = failure.or(() -> Optional.of(reason));
            } else if (candidate.addresses().isEmpty()) {
                remarks.add(mx.host() + " has no address");
            }
        }
        if (!hosts.isEmpty()) {
            return new MxResolution.Hosts(site, hosts, remarks);
        } else if (failure.isPresent()) {
            return new MxResolution.Unknown(failure.get());
        } else if (refused) {
            return loop(domain, remarks);
        }
        return implicit
                ? new MxResolution.Undeliverable(
                        NO_SUCH_DOMAIN, "the domain " + domain + " has neither an MX nor an address")
                : new MxResolution.Undeliverable(
                        NO_ROUTE, "no mail server of " + domain + " has an address: " + String.join("; ", remarks));
    }

    private static MxResolution loop(String domain, List<String> remarks) {
        return new MxResolution.Undeliverable(
                LOOP, "no mail server of " + domain + " may be used: " + String.join("; ", remarks));
    }

    private MxResolution ofLiteral(String domain) {
        Matcher matcher = LITERAL.matcher(domain);
        if (!policy.allowLiterals() || !matcher.matches()) {
            return new MxResolution.Undeliverable(
                    NO_SUCH_DOMAIN, "mail to the address literal " + domain + " is not sent directly");
        }
        try {
            InetAddress address = InetAddress.getByName(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
            return policy.of(address, policy.ownAddresses().get()) == AddressPolicy.Verdict.FINE
                    ? new MxResolution.Hosts(domain, List.of(new MailHost(domain, List.of(address))), List.of())
                    : loop(domain, List.of("mail may not go to that address"));
        } catch (UnknownHostException e) {
            return new MxResolution.Undeliverable(NO_SUCH_DOMAIN, domain + " is no address");
        }
    }

    private static CompletionStage<MxResolution> completed(MxResolution resolution) {
        return CompletableFuture.completedFuture(resolution);
    }
}
