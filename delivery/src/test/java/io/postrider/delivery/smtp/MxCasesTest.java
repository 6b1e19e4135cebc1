package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.DeliveryOutcome.Undeliverable;
import io.postrider.dns.dnsjava.DnsSettings;
import io.postrider.mail.EmailAddress;
import io.postrider.mx.AddressPolicy;
import io.postrider.mx.IpVersions;
import io.postrider.testkit.dns.DnsBehaviour;
import io.postrider.testkit.dns.ScriptedDnsServer;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each case that a zone can put to us, by DNS over the wire and SMTP over sockets: which host gets the mail, or what becomes of it. */
class MxCasesTest {
    private static final EmailAddress BOB = EmailAddress.parse("bob@example.test");
    private static final String[] HOSTS = {
        "mx1.test. 60 IN A 127.0.0.2", "mx2.test. 60 IN A 127.0.0.3", "mx3.test. 60 IN A 127.0.0.4",
    };
    private static final AddressPolicy STRICT = new AddressPolicy(
            false, false, false, Set.of("ourselves.test"), () -> Set.of(DirectRig.address("198.51.100.1")));
    private static final AddressPolicy WITH_LITERALS =
            new AddressPolicy(true, false, true, Set.of("ourselves.test"), Set::of);

    private final DirectRig rig = new DirectRig(HOSTS);

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void thePreferredHostShouldGetTheMailInWhateverOrderTheRecordsCome() {
        rig.zone.add(
                "example.test. 60 IN MX 30 mx3.test.",
                "example.test. 60 IN MX 10 mx2.test.",
                "example.test. 60 IN MX 20 mx1.test.");
        allPeers();

        assertThat(rig.deliver(BOB).attempt(BOB).mx()).isEqualTo("mx2.test:" + rig.port);
    }

    @Test
    void hostsShouldBeTriedByPreferenceUntilOneAnswers() {
        rig.zone.add(
                "example.test. 60 IN MX 30 mx3.test.",
                "example.test. 60 IN MX 10 mx2.test.",
                "example.test. 60 IN MX 20 mx1.test.");
        rig.peer("127.0.0.4", PeerScript.offering());

        assertThat(rig.deliver(BOB).attempt(BOB).talk().stream().filter(line -> line.contains("connect")))
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("* no connection to mx2.test [127.0.0.3]"),
                        line -> assertThat(line).startsWith("* no connection to mx1.test [127.0.0.2]"),
                        line -> assertThat(line).isEqualTo("* connected to mx3.test [127.0.0.4]"));
    }

    @Test
    void hostsOfEqualPreferenceShouldShareTheMail() {
        rig.zone.add(
                "example.test. 60 IN MX 10 mx1.test.",
                "example.test. 60 IN MX 10 mx2.test.",
                "example.test. 60 IN MX 20 mx3.test.");
        allPeers();
        rig.messagesPerConnection(1);
        Set<String> used = new HashSet<>();

        for (int i = 0; i < 20; i++) {
            used.add(rig.deliver(BOB).attempt(BOB).mx());
        }

        assertThat(used).containsExactlyInAnyOrder("mx1.test:" + rig.port, "mx2.test:" + rig.port);
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.2, A", "::1, AAAA"})
    void withoutAnMxTheAddressOfTheDomainShouldBeUsed(String address, String type) {
        rig.zone.add("example.test. 60 IN " + type + " " + address);
        rig.peer(address, PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.outcome()).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(attempt.mx()).isEqualTo("example.test:" + rig.port);
    }

    @Test
    void anAddressShouldNotStandInForMailServersThatDoNotAnswer() {
        rig.zone.add("example.test. 60 IN MX 10 mx1.test.", "example.test. 60 IN A 127.0.0.3");
        ScriptedSmtpPeer web = rig.peer("127.0.0.3", PeerScript.offering());

        assertThat(rig.deliver(BOB).deferred(BOB).fault()).isEqualTo(DeliveryOutcome.Fault.ROUTE);
        assertThat(web.sessions()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "a null MX, example.test. 60 IN MX 0 ., 5.1.10",
        "no such domain, elsewhere.test. 60 IN A 127.0.0.2, 5.1.2",
        "neither MX nor address, example.test. 60 IN TXT nothing, 5.1.2",
        "an MX that does not exist, example.test. 60 IN MX 10 gone.test., 5.4.4",
        "a CNAME to nowhere, example.test. 60 IN CNAME gone.test., 5.1.2",
        "an MX that is ourselves by name, example.test. 60 IN MX 10 ourselves.test., 5.4.6",
        "an MX that is ourselves by address, example.test. 60 IN MX 10 own-address.test., 5.4.6",
        "an MX on loopback, example.test. 60 IN MX 10 mx1.test., 5.4.6",
        "an MX on IPv6 loopback, example.test. 60 IN MX 10 loop6.test., 5.4.6",
        "an MX in a private network, example.test. 60 IN MX 10 private.test., 5.4.6",
        "an MX that is the cloud's metadata, example.test. 60 IN MX 10 link-local.test., 5.4.6",
        "an MX that is IPv4 in IPv6 clothes, example.test. 60 IN MX 10 mapped.test., 5.4.4",
        "a domain that is on loopback, example.test. 60 IN A 127.0.0.2, 5.4.6",
    })
    void whatDnsCanSayForCertainShouldBounceWithoutAPeer(String what, String record, String status) {
        rig.policy(STRICT);
        rig.zone.add(
                "own-address.test. 60 IN A 198.51.100.1",
                "loop6.test. 60 IN AAAA ::1",
                "private.test. 60 IN A 192.168.7.7",
                "link-local.test. 60 IN A 169.254.169.254",
                "mapped.test. 60 IN AAAA ::ffff:127.0.0.1",
                record);
        ScriptedSmtpPeer first = rig.peer("127.0.0.2", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.outcome()).as(what).isInstanceOf(Undeliverable.class);
        assertThat(((Undeliverable) attempt.outcome()).status()).as(what).hasToString(status);
        assertThat(first.sessions()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"SERVFAIL", "REFUSED", "SILENT"})
    void dnsThatFailsShouldDelayAndThenDeliver(DnsBehaviour behaviour) {
        rig.zone.add("example.test. 60 IN MX 10 mx1.test.");
        rig.zone.behave("example.test", behaviour);
        rig.peer("127.0.0.2", PeerScript.offering());

        DeliveryOutcome.Deferred deferred = rig.deliver(BOB).deferred(BOB);
        assertThat(deferred.fault()).isEqualTo(DeliveryOutcome.Fault.ROUTE);
        assertThat(deferred.reason()).startsWith("4.4.3 the MX of example.test cannot be found out");

        rig.zone.behave("example.test", DnsBehaviour.ANSWER);
        rig.deliver(BOB).delivered(BOB);
    }

    @ParameterizedTest
    @EnumSource(names = {"SERVFAIL", "SILENT"})
    void mailShouldWaitWhereOnlyTheAddressesCannotBeHad(DnsBehaviour behaviour) {
        rig.zone.add("example.test. 60 IN MX 10 mx1.test.");
        rig.zone.behave("mx1.test", behaviour);
        rig.peer("127.0.0.2", PeerScript.offering());

        assertThat(rig.deliver(BOB).deferred(BOB).reason())
                .startsWith("4.4.3 the addresses of mx1.test cannot be found out");
    }

    @Test
    void aDomainThatIsAnAliasShouldHaveTheMailServersOfItsTarget() {
        rig.zone.add("example.test. 60 IN CNAME real.test.", "real.test. 60 IN MX 10 mx1.test.");
        rig.peer("127.0.0.2", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.mx()).isEqualTo("mx1.test:" + rig.port);
        assertThat(attempt.talk()).contains("> RCPT TO:<bob@example.test>");
    }

    @Test
    void aMailServerThatIsAnAliasShouldBeFollowedThoughRfc2181ForbidsIt() {
        rig.zone.add("example.test. 60 IN MX 10 alias.test.", "alias.test. 60 IN CNAME mx1.test.");
        rig.peer("127.0.0.2", PeerScript.offering());

        assertThat(rig.deliver(BOB).attempt(BOB).mx()).isEqualTo("alias.test:" + rig.port);
    }

    @Test
    void anAliasOfOurselvesShouldStillBeRefused() {
        rig.policy(STRICT);
        rig.zone.add("example.test. 60 IN MX 10 alias.test.", "alias.test. 60 IN CNAME mx1.test.");

        assertThat(((Undeliverable) rig.deliver(BOB).outcome(BOB)).status()).hasToString("5.4.6");
    }

    @Test
    void anAnswerThatDoesNotFitIntoAPacketShouldBeFetchedByTcp() {
        rig.zone.add("example.test. 60 IN MX 10 mx1.test.");
        rig.zone.behave("example.test", DnsBehaviour.TRUNCATE);
        rig.peer("127.0.0.2", PeerScript.offering());

        rig.deliver(BOB).delivered(BOB);
        assertThat(rig.zone.queries().stream().filter(query -> query.name().equals("example.test")))
                .extracting(ScriptedDnsServer.Query::tcp)
                .containsExactly(false, true);
    }

    @Test
    void aDnsServerThatIsDeadShouldBePassedOver() throws IOException {
        InetSocketAddress dead;
        try (DatagramSocket closed = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            dead = (InetSocketAddress) closed.getLocalSocketAddress();
        }
        DatagramSocket silent = rig.with(new DatagramSocket(0, InetAddress.getLoopbackAddress()));
        rig.dnsServers(dead, (InetSocketAddress) silent.getLocalSocketAddress(), rig.zone.address());
        rig.zone.add("example.test. 60 IN MX 10 mx1.test.");
        rig.peer("127.0.0.2", PeerScript.offering());

        rig.deliver(BOB).delivered(BOB);
    }

    @Test
    void whatDoesNotExistShouldBeRememberedForAsLongAsItsZoneSays() {
        rig.dns(settings -> new DnsSettings(
                settings.servers(),
                settings.timeout(),
                1,
                Duration.ZERO,
                Duration.ofHours(1),
                Duration.ofMinutes(15),
                Duration.ZERO,
                1000,
                100));
        rig.deliver(BOB);
        rig.clock.advance(Duration.ofSeconds(29));
        rig.deliver(BOB);
        assertThat(rig.zone.queries("example.test", "MX")).isEqualTo(1);

        rig.zone.add("example.test. 1000000 IN MX 10 mx1.test.");
        rig.peer("127.0.0.2", PeerScript.offering());
        rig.clock.advance(Duration.ofSeconds(2)); // the SOA says 30 s
        rig.deliver(BOB).delivered(BOB);
        assertThat(rig.zone.queries("example.test", "MX")).isEqualTo(2);

        rig.clock.advance(Duration.ofMinutes(59));
        rig.deliver(BOB).delivered(BOB);
        assertThat(rig.zone.queries("example.test", "MX")).isEqualTo(2);
        rig.clock.advance(Duration.ofMinutes(2)); // the record says 11 days, we say 1 h
        rig.deliver(BOB).delivered(BOB);
        assertThat(rig.zone.queries("example.test", "MX")).isEqualTo(3);
    }

    @Test
    void mailShouldGoByIpv6() {
        rig.versions(IpVersions.V6_V4);
        rig.zone.add("example.test. 60 IN MX 10 six.test.", "six.test. 60 IN AAAA ::1");
        ScriptedSmtpPeer six = rig.peer("::1", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.outcome()).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(DirectRig.address(attempt.connection().address())).isEqualTo(DirectRig.address("::1"));
        assertThat(DirectRig.address(attempt.source())).isEqualTo(DirectRig.address("::1"));
        assertThat(six.messages()).hasSize(1);
    }

    @Test
    void aHostWhoseIpv6IsDeadShouldBeReachedByIpv4() {
        rig.versions(IpVersions.V6_V4);
        rig.zone.add(
                "example.test. 60 IN MX 10 dual.test.", "dual.test. 60 IN AAAA ::1", "dual.test. 60 IN A 127.0.0.2");
        rig.peer("127.0.0.2", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.talk())
                .anyMatch(line -> line.startsWith("* no connection to dual.test [0:0:0:0:0:0:0:1]"))
                .contains("* connected to dual.test [127.0.0.2]");
    }

    @Test
    void aHostWhoseIpv6SwallowsAllShouldBeReachedByIpv4AtOnce() throws IOException {
        Duration longerThanAnybodyWaits = Duration.ofMinutes(2);
        rig.versions(IpVersions.V6_V4).settings(EngineRig.settings(longerThanAnybodyWaits, Duration.ofSeconds(5)));
        rig.zone.add(
                "example.test. 60 IN MX 10 dual.test.", "dual.test. 60 IN AAAA ::1", "dual.test. 60 IN A 127.0.0.2");
        blackHole("::1");
        rig.peer("127.0.0.2", PeerScript.offering());

        Attempt attempt = rig.deliver(BOB).attempt(BOB);

        assertThat(attempt.connection().address()).isEqualTo("127.0.0.2");
    }

    @Test
    void ofTwoVersionsThePreferredOneShouldBeUsedWhereBothAnswer() {
        rig.versions(IpVersions.V6_V4);
        rig.zone.add(
                "example.test. 60 IN MX 10 dual.test.", "dual.test. 60 IN AAAA ::1", "dual.test. 60 IN A 127.0.0.2");
        ScriptedSmtpPeer four = rig.peer("127.0.0.2", PeerScript.offering());
        ScriptedSmtpPeer six = rig.peer("::1", PeerScript.offering());

        rig.deliver(BOB).delivered(BOB);

        assertThat(six.messages()).hasSize(1);
        assertThat(four.sessions()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"550 5.1.1 no such user", "450 4.2.1 mailbox busy", "452 4.3.1 disk full"})
    void aRefusalOfTheRecipientShouldNotLeadToTheNextHost(String reply) {
        rig.zone.add("example.test. 60 IN MX 10 mx1.test.", "example.test. 60 IN MX 20 mx2.test.");
        rig.peer("127.0.0.2", PeerScript.offering().when("RCPT", Act.reply(reply)));
        ScriptedSmtpPeer second = rig.peer("127.0.0.3", PeerScript.offering());

        DeliveryOutcome outcome = rig.deliver(BOB).outcome(BOB);

        assertThat(outcome.finalReply().orElseThrow()).hasToString(reply);
        assertThat(second.sessions()).isEmpty();
    }

    @Test
    void eachSourceShouldSayItsOwnNameInEhlo() {
        rig.zone.add(
                "example.test. 60 IN MX 10 dual.test.", "dual.test. 60 IN AAAA ::1", "dual.test. 60 IN A 127.0.0.2");
        rig.sources(DirectRig.source("127.0.0.9", "four.example.com"), DirectRig.source("::1", "six.example.com"));
        rig.messagesPerConnection(1);
        ScriptedSmtpPeer six = rig.peer("::1", PeerScript.offering());
        rig.deliver(BOB).delivered(BOB);
        assertThat(six.commands()).contains("EHLO six.example.com");
        six.close();
        rig.clock.advance(Duration.ofSeconds(6)); // the pause of the other address

        ScriptedSmtpPeer four = rig.peer("127.0.0.2", PeerScript.offering());
        rig.deliver(BOB).delivered(BOB);
        assertThat(four.commands()).contains("EHLO four.example.com");
    }

    @ParameterizedTest
    @CsvSource({"[127.0.0.2], 127.0.0.2", "[IPv6:::1], ::1"})
    void addressLiteralsShouldBeTakenAtTheirWord(String literal, String address) {
        rig.policy(WITH_LITERALS);
        EmailAddress there = EmailAddress.parse("bob@" + literal);
        ScriptedSmtpPeer peer = rig.peer(address, PeerScript.offering());

        Attempt attempt = rig.deliver(there).attempt(there);

        assertThat(attempt.outcome()).isInstanceOf(DeliveryOutcome.Delivered.class);
        assertThat(attempt.mx()).isEqualToIgnoringCase(literal + ":" + rig.port);
        assertThat(peer.commands()).anyMatch(line -> line.equalsIgnoreCase("RCPT TO:<bob@" + literal + ">"));
        assertThat(rig.zone.queries()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[127.0.0.1]", "[IPv6:::1]", "[10.1.2.3]", "[IPv6:fd00::1]", "[IPv6:::ffff:127.0.0.1]"})
    void addressLiteralsShouldNotLeadToOurselvesOrBehindTheFirewall(String literal) {
        rig.policy(new AddressPolicy(false, false, true, Set.of(), Set::of));
        EmailAddress there = EmailAddress.parse("bob@" + literal);

        assertThat(((Undeliverable) rig.deliver(there).outcome(there)).status()).hasToString("5.4.6");
    }

    private void allPeers() {
        List.of("127.0.0.2", "127.0.0.3", "127.0.0.4").forEach(address -> rig.peer(address, PeerScript.offering()));
    }

    /** Where connections are neither made nor refused: the backlog is full. */
    private void blackHole(String literal) throws IOException {
        InetAddress address = DirectRig.address(literal);
        rig.with(new ServerSocket(rig.port, 1, address));
        List<Socket> waiting = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Socket socket = rig.with(new Socket());
            waiting.add(socket);
            try {
                socket.connect(new InetSocketAddress(address, rig.port), 300);
            } catch (IOException full) {
                assertThat(waiting).hasSizeGreaterThan(1);
                return;
            }
        }
        throw new AssertionError("the backlog has no end");
    }
}
