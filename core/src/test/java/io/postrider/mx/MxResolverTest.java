package io.postrider.mx;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.dns.Dns;
import io.postrider.dns.DnsAnswer;
import io.postrider.dns.MailExchanger;
import io.postrider.dns.RecordType;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MxResolverTest {
    private static final String DOMAIN = "example.test";

    private final Zone zone = new Zone();

    /** What DNS says, by name and type. */
    private static final class Zone implements Dns {
        private final Map<String, DnsAnswer<?>> answers = new HashMap<>();

        Zone mx(String name, Object... preferencesAndHosts) {
            List<MailExchanger> records = IntStream.range(0, preferencesAndHosts.length / 2)
                    .mapToObj(i -> new MailExchanger(
                            (int) preferencesAndHosts[2 * i], (String) preferencesAndHosts[2 * i + 1]))
                    .toList();
            return put(name, RecordType.MX, found(name, records));
        }

        Zone address(String name, String... literals) {
            for (String literal : literals) {
                InetAddress address = MxResolverTest.address(literal);
                put(name, literal.contains(":") ? RecordType.AAAA : RecordType.A, found(name, List.of(address)));
            }
            return this;
        }

        Zone put(String name, RecordType<?> type, DnsAnswer<?> answer) {
            answers.put(name + " " + type, answer);
            return this;
        }

        private static <T> DnsAnswer<T> found(String name, List<T> records) {
            return new DnsAnswer.Found<>(records, name, Duration.ofMinutes(1), false);
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> CompletionStage<DnsAnswer<T>> find(String name, RecordType<T> type) {
            DnsAnswer<?> answer = answers.getOrDefault(name + " " + type, new DnsAnswer.NoData<T>());
            return CompletableFuture.completedFuture((DnsAnswer<T>) answer);
        }
    }

    @Test
    void hostsShouldComeByPreference() {
        zone.mx(DOMAIN, 20, "b.test", 10, "a.test", 30, "c.test");
        zone.address("a.test", "192.0.2.1").address("b.test", "192.0.2.2").address("c.test", "192.0.2.3");

        assertThat(names(hosts(DOMAIN))).containsExactly("a.test", "b.test", "c.test");
        assertThat(hosts(DOMAIN).site()).isEqualTo("a.test,b.test,c.test");
    }

    @Test
    void hostsOfEqualPreferenceShouldTakeTurns() {
        zone.mx(DOMAIN, 10, "a.test", 10, "b.test", 20, "c.test");
        zone.address("a.test", "192.0.2.1").address("b.test", "192.0.2.2").address("c.test", "192.0.2.3");
        MxResolver resolver = resolver(IpVersions.V4_V6, policy(false));
        Set<List<String>> orders = new HashSet<>();

        for (int i = 0; i < 50; i++) {
            orders.add(names((MxResolution.Hosts) join(resolver.resolve(DOMAIN))));
        }

        assertThat(orders)
                .containsExactlyInAnyOrder(
                        List.of("a.test", "b.test", "c.test"), List.of("b.test", "a.test", "c.test"));
    }

    @Test
    void withoutAnMxTheDomainItselfShouldBeTheHost() {
        zone.address(DOMAIN, "192.0.2.1", "2001:db8::1");

        MxResolution.Hosts hosts = hosts(DOMAIN);

        assertThat(hosts.site()).isEqualTo(DOMAIN);
        assertThat(hosts.hosts())
                .containsExactly(new MailHost(DOMAIN, List.of(address("192.0.2.1"), address("2001:db8::1"))));
    }

    @Test
    void addressesShouldComeOneOfEachVersionInTurnTheConfiguredOneFirst() {
        zone.address(DOMAIN, "192.0.2.1", "2001:db8::1");

        assertThat(addresses(IpVersions.V6_V4)).containsExactly(address("2001:db8::1"), address("192.0.2.1"));
        assertThat(addresses(IpVersions.V4)).containsExactly(address("192.0.2.1"));
        assertThat(addresses(IpVersions.V6)).containsExactly(address("2001:db8::1"));
    }

    @Test
    void aNullMxShouldBounceAsRfc7505Says() {
        zone.mx(DOMAIN, 0, "");

        assertThat(undeliverable(DOMAIN).status()).hasToString("5.1.10");
        assertThat(undeliverable(DOMAIN).reason()).startsWith("556 ");
    }

    @Test
    void aNullMxBesideOthersShouldNotCount() {
        zone.mx(DOMAIN, 0, "", 10, "a.test").address("a.test", "192.0.2.1");

        assertThat(names(hosts(DOMAIN))).containsExactly("a.test");
    }

    @Test
    void aDomainThatDoesNotExistShouldBounce() {
        zone.put(DOMAIN, RecordType.MX, new DnsAnswer.NoSuchDomain<>());

        assertThat(undeliverable(DOMAIN).status()).hasToString("5.1.2");
    }

    @Test
    void aDomainWithNeitherMxNorAddressShouldBounce() {
        assertThat(undeliverable(DOMAIN).status()).hasToString("5.1.2");
    }

    @Test
    void hostsWithoutAnyAddressShouldBounce() {
        zone.mx(DOMAIN, 10, "a.test", 20, "b.test").put("b.test", RecordType.A, new DnsAnswer.NoSuchDomain<>());

        assertThat(undeliverable(DOMAIN).status()).hasToString("5.4.4");
        assertThat(undeliverable(DOMAIN).reason()).contains("a.test has no address; b.test has no address");
    }

    @Test
    void aFailedLookUpShouldTellNothing() {
        zone.put(DOMAIN, RecordType.MX, new DnsAnswer.Failed<>("SERVFAIL"));

        assertThat(resolve(DOMAIN)).isInstanceOf(MxResolution.Unknown.class);
    }

    @Test
    void aHostWhoseAddressesCannotBeHadShouldBePassedOver() {
        zone.mx(DOMAIN, 10, "a.test", 20, "b.test")
                .put("a.test", RecordType.A, new DnsAnswer.Failed<>("SERVFAIL"))
                .address("b.test", "192.0.2.2");

        assertThat(names(hosts(DOMAIN))).containsExactly("b.test");
        assertThat(hosts(DOMAIN).remarks()).containsExactly("the addresses of a.test cannot be found out: SERVFAIL");
        assertThat(hosts(DOMAIN).site()).isEqualTo("a.test,b.test");
    }

    @Test
    void whereSomeHaveNoAddressAndSomeCannotBeToldMailShouldWait() {
        zone.mx(DOMAIN, 10, "a.test", 20, "b.test").put("b.test", RecordType.AAAA, new DnsAnswer.Failed<>("timeout"));

        assertThat(resolve(DOMAIN)).isInstanceOf(MxResolution.Unknown.class);
    }

    @Test
    void hostsThatAreNotPreferredToOurselvesShouldBeLeftOut() {
        zone.mx(DOMAIN, 5, "a.test", 10, "ourselves.test", 10, "b.test", 20, "c.test");
        zone.address("a.test", "192.0.2.1").address("b.test", "192.0.2.2").address("c.test", "192.0.2.3");

        assertThat(names(hosts(DOMAIN))).containsExactly("a.test");
    }

    @Test
    void ourselvesShouldBeKnownByOurAddressToo() {
        zone.mx(DOMAIN, 5, "a.test", 10, "other-name.test", 20, "c.test");
        zone.address("a.test", "192.0.2.1")
                .address("other-name.test", "198.51.100.1")
                .address("c.test", "192.0.2.3");

        assertThat(names(hosts(DOMAIN))).containsExactly("a.test");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.8.9.1",
                "::1",
                "0.0.0.0",
                "::",
                "198.51.100.1",
                "224.0.0.1",
                "ff02::1",
                "169.254.1.1",
                "fe80::1",
                "10.0.0.1",
                "172.16.0.1",
                "192.168.1.1",
                "100.64.0.1",
                "fd00::1",
                "0.1.2.3",
                "255.255.255.255"
            })
    void addressesThatAreNobodysMailServerShouldBounceAsALoop(String literal) {
        zone.mx(DOMAIN, 10, "a.test").address("a.test", literal);

        assertThat(undeliverable(DOMAIN).status()).hasToString("5.4.6");
    }

    @Test
    void ourNameAloneShouldBounceAsALoop() {
        zone.mx(DOMAIN, 10, "ourselves.test");

        assertThat(undeliverable(DOMAIN).status()).hasToString("5.4.6");
    }

    @Test
    void privateNetworksAndLoopbackShouldBeAllowedBySettings() {
        AddressPolicy lenient = new AddressPolicy(true, true, true, Set.of(), Set::of);
        zone.address(DOMAIN, "10.0.0.1").address("loop.test", "127.0.0.1");
        MxResolver resolver = resolver(IpVersions.V4_V6, lenient);

        assertThat(join(resolver.resolve(DOMAIN))).isInstanceOf(MxResolution.Hosts.class);
        assertThat(join(resolver.resolve("loop.test"))).isInstanceOf(MxResolution.Hosts.class);
    }

    @Test
    void hostsAndAddressesShouldBeLimited() {
        zone.mx(DOMAIN, 1, "a.test", 2, "b.test", 3, "c.test", 4, "d.test");
        for (String name : List.of("a", "b", "c", "d")) {
            zone.address(name + ".test", "192.0.2.1", "2001:db8::1");
        }
        MxResolver resolver =
                new MxResolver(zone, new Random(1), policy(false), IpVersions.V4_V6, new MxResolver.Limits(3, 1));

        MxResolution.Hosts hosts = (MxResolution.Hosts) join(resolver.resolve(DOMAIN));

        assertThat(names(hosts)).containsExactly("a.test", "b.test", "c.test");
        assertThat(hosts.hosts())
                .allSatisfy(host -> assertThat(host.addresses()).hasSize(1));
    }

    @Test
    void addressLiteralsShouldGoByPolicy() {
        MxResolver resolver = resolver(IpVersions.V4_V6, policy(true));

        assertThat(undeliverable("[192.0.2.1]").status()).hasToString("5.1.2");
        assertThat(((MxResolution.Hosts) join(resolver.resolve("[192.0.2.1]"))).hosts())
                .containsExactly(new MailHost("[192.0.2.1]", List.of(address("192.0.2.1"))));
        assertThat(((MxResolution.Hosts) join(resolver.resolve("[IPv6:2001:db8::1]")))
                        .hosts()
                        .get(0)
                        .addresses())
                .containsExactly(address("2001:db8::1"));
        assertThat(((MxResolution.Undeliverable) join(resolver.resolve("[127.0.0.1]"))).status())
                .hasToString("5.4.6");
        assertThat(((MxResolution.Undeliverable) join(resolver.resolve("[nonsense]"))).status())
                .hasToString("5.1.2");
    }

    private List<InetAddress> addresses(IpVersions versions) {
        MxResolution.Hosts hosts =
                (MxResolution.Hosts) join(resolver(versions, policy(false)).resolve(DOMAIN));
        return hosts.hosts().get(0).addresses();
    }

    private MxResolution.Hosts hosts(String domain) {
        return (MxResolution.Hosts) resolve(domain);
    }

    private MxResolution.Undeliverable undeliverable(String domain) {
        return (MxResolution.Undeliverable) resolve(domain);
    }

    private MxResolution resolve(String domain) {
        return join(resolver(IpVersions.V4_V6, policy(false)).resolve(domain));
    }

    private MxResolver resolver(IpVersions versions, AddressPolicy policy) {
        return new MxResolver(zone, new Random(1), policy, versions, new MxResolver.Limits(5, 4));
    }

    private static AddressPolicy policy(boolean literals) {
        return new AddressPolicy(
                false, false, literals, Set.of("ourselves.test"), () -> Set.of(address("198.51.100.1")));
    }

    private static List<String> names(MxResolution.Hosts hosts) {
        return hosts.hosts().stream().map(MailHost::name).toList();
    }

    private static MxResolution join(CompletionStage<MxResolution> stage) {
        return stage.toCompletableFuture().join();
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }
}
