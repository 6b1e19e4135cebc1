package io.postrider.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostAddressesTest {
    private final Map<String, DnsAnswer<?>> zone = new HashMap<>();
    private final List<String> asked = new ArrayList<>();
    private final Map<String, List<InetAddress>> file = new HashMap<>();
    private final HostAddresses hosts = new HostAddresses(
            new Dns() {
                @Override
                @SuppressWarnings("unchecked") // the test puts in what fits
                public <T> CompletionStage<DnsAnswer<T>> find(String name, RecordType<T> type) {
                    asked.add(name);
                    return CompletableFuture.completedFuture(
                            (DnsAnswer<T>) zone.getOrDefault(name + " " + type, new DnsAnswer.NoSuchDomain<T>()));
                }
            },
            name -> file.getOrDefault(name, List.of()),
            List.of("a.test", "b.test"));

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "2001:db8::1", "::1"})
    void aLiteralShouldBeTheAddressThatItIs(String literal) throws UnknownHostException {
        assertThat(find(literal)).containsExactly(address(literal));
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1:2:3", ":::", "300.1.1.1", "1.2.3"})
    void whatOnlyLooksLikeALiteralShouldHaveNoAddress(String text) {
        assertThat(answer(text)).isInstanceOf(DnsAnswer.NoSuchDomain.class);
    }

    @Test
    void theHostsFileShouldComeBeforeDns() throws UnknownHostException {
        file.put("relay.test", List.of(address("10.0.0.7")));
        dns("relay.test", "192.0.2.1");

        assertThat(find("Relay.Test")).containsExactly(address("10.0.0.7"));
        assertThat(asked).isEmpty();
    }

    @Test
    void localhostShouldNeverBeAskedFor() {
        assertThat(find("localhost")).allMatch(InetAddress::isLoopbackAddress).isNotEmpty();
        assertThat(asked).isEmpty();
    }

    @Test
    void bothVersionsShouldBeFoundAndOneBeEnough() throws UnknownHostException {
        dns("dual.test", "192.0.2.1");
        dns("dual.test", "2001:db8::1");
        dns("half.test", "192.0.2.2");
        zone.put("half.test AAAA", new DnsAnswer.Failed<>("timeout"));

        assertThat(find("dual.test")).containsExactly(address("192.0.2.1"), address("2001:db8::1"));
        assertThat(find("half.test")).containsExactly(address("192.0.2.2"));
    }

    @Test
    void aNameWithoutADotShouldBeLookedForInTheSearchDomainsToo() throws UnknownHostException {
        dns("relay.b.test", "192.0.2.9");

        assertThat(find("relay")).containsExactly(address("192.0.2.9"));
        assertThat(asked).contains("relay", "relay.a.test", "relay.b.test");
        assertThat(answer("relay.nowhere")).isInstanceOf(DnsAnswer.NoSuchDomain.class);
        assertThat(asked).doesNotContain("relay.nowhere.a.test");
    }

    @Test
    void aNameServerThatDoesNotWantANameWithoutADotShouldNotEndTheSearch() throws UnknownHostException {
        zone.put("relay A", new DnsAnswer.Failed<>("REFUSED"));
        zone.put("relay AAAA", new DnsAnswer.Failed<>("REFUSED"));
        assertThat(answer("relay").failure()).as("found nowhere").contains("REFUSED");
        assertThat(asked).contains("relay.a.test", "relay.b.test");

        zone.put("relay.a.test A", new DnsAnswer.Failed<>("SERVFAIL"));
        assertThat(answer("relay").failure()).as("the first").contains("REFUSED");

        dns("relay.b.test", "192.0.2.9");
        assertThat(find("relay")).containsExactly(address("192.0.2.9"));
    }

    @Test
    void whileDnsFailsWhatItSaidLastShouldCount() throws UnknownHostException {
        zone.put("relay.test A", new DnsAnswer.Failed<>("SERVFAIL"));
        assertThat(answer("relay.test").failure()).contains("SERVFAIL");

        dns("relay.test", "192.0.2.1");
        assertThat(find("relay.test")).hasSize(1);
        zone.put("relay.test A", new DnsAnswer.Failed<>("SERVFAIL"));
        assertThat(find("relay.test")).containsExactly(address("192.0.2.1"));

        zone.remove("relay.test A");
        assertThat(answer("relay.test")).isInstanceOf(DnsAnswer.NoSuchDomain.class);
        zone.put("relay.test A", new DnsAnswer.Failed<>("SERVFAIL"));
        assertThat(answer("relay.test").failure()).as("it was told to be gone").isPresent();
    }

    private List<InetAddress> find(String host) {
        return answer(host).records();
    }

    private DnsAnswer<InetAddress> answer(String host) {
        return hosts.find(host).toCompletableFuture().join();
    }

    private void dns(String name, String literal) throws UnknownHostException {
        InetAddress address = address(literal);
        if (address instanceof Inet4Address four) {
            zone.put(name + " A", new DnsAnswer.Found<>(List.of(four), name, Duration.ofMinutes(1), false));
        } else if (address instanceof Inet6Address six) {
            zone.put(name + " AAAA", new DnsAnswer.Found<>(List.of(six), name, Duration.ofMinutes(1), false));
        }
    }

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }
}
