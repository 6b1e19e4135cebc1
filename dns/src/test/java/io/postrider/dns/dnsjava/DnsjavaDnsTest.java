package io.postrider.dns.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.dns.DnsAnswer;
import io.postrider.dns.MailExchanger;
import io.postrider.dns.RecordType;
import io.postrider.dns.ReverseName;
import io.postrider.testkit.MutableClock;
import io.postrider.testkit.dns.DnsBehaviour;
import io.postrider.testkit.dns.ScriptedDnsServer;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DnsjavaDnsTest {
    private static final String DOMAIN = "example.test";

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-25T00:00:00Z"));
    private ScriptedDnsServer server;
    private DnsjavaDns dns;

    @BeforeEach
    void start() {
        server = ScriptedDnsServer.serving(
                "example.test. 100 IN MX 20 mx2.example.test.",
                "example.test. 100 IN MX 10 MX1.Example.Test.",
                "null.test. 100 IN MX 0 .",
                "mx1.example.test. 300 IN A 192.0.2.1",
                "mx1.example.test. 300 IN AAAA 2001:db8::1",
                "mapped.test. 300 IN AAAA ::ffff:192.0.2.1",
                "alias.test. 60 IN CNAME example.test.",
                "loop1.test. 60 IN CNAME loop2.test.",
                "loop2.test. 60 IN CNAME loop1.test.",
                "dangling.test. 60 IN CNAME nowhere.test.",
                "text.test. 60 IN TXT \"v=spf1 \" \"-all\"",
                "1.2.0.192.in-addr.arpa. 60 IN PTR mx1.example.test.");
        dns = dns(server.address());
    }

    @AfterEach
    void stop() {
        dns.close();
        server.close();
    }

    @Test
    void findShouldTellTheRecordsAndTheirTtl() {
        DnsAnswer<MailExchanger> answer = find(DOMAIN, RecordType.MX);

        assertThat(answer.records())
                .containsExactlyInAnyOrder(
                        new MailExchanger(10, "mx1.example.test"), new MailExchanger(20, "mx2.example.test"));
        DnsAnswer.Found<MailExchanger> found = (DnsAnswer.Found<MailExchanger>) answer;
        assertThat(found.ttl()).isEqualTo(Duration.ofSeconds(100));
        assertThat(found.owner()).isEqualTo(DOMAIN);
        assertThat(found.authenticated()).isFalse();
    }

    @Test
    void eachTypeShouldHaveItsData() throws Exception {
        assertThat(find("mx1.example.test.", RecordType.A).records())
                .containsExactly((Inet4Address) InetAddress.getByName("192.0.2.1"));
        assertThat(find("MX1.example.test", RecordType.AAAA).records())
                .containsExactly((Inet6Address) InetAddress.getByName("2001:db8::1"));
        assertThat(find("text.test", RecordType.TXT).records()).containsExactly("v=spf1 -all");
        assertThat(find("alias.test", RecordType.CNAME).records()).containsExactly("example.test");
        assertThat(find(ReverseName.of(InetAddress.getByName("192.0.2.1")), RecordType.PTR)
                        .records())
                .containsExactly("mx1.example.test");
        assertThat(find("null.test", RecordType.MX).records().get(0).isNull()).isTrue();
    }

    @Test
    void anIpv4AddressInAnAaaaRecordShouldBeNoAddress() {
        assertThat(find("mapped.test", RecordType.AAAA)).isInstanceOf(DnsAnswer.NoData.class);
    }

    @Test
    void whatDoesNotExistShouldBeToldFromWhatHasNoSuchRecord() {
        assertThat(find("nowhere.test", RecordType.MX)).isInstanceOf(DnsAnswer.NoSuchDomain.class);
        assertThat(find("mx1.example.test", RecordType.MX)).isInstanceOf(DnsAnswer.NoData.class);
        assertThat(find("x".repeat(64) + ".test", RecordType.MX)).isInstanceOf(DnsAnswer.NoSuchDomain.class);
    }

    @Test
    void aCnameShouldBeFollowed() {
        DnsAnswer<MailExchanger> answer = find("alias.test", RecordType.MX);

        assertThat(answer.records()).hasSize(2);
        assertThat(((DnsAnswer.Found<MailExchanger>) answer).owner()).isEqualTo(DOMAIN);
        assertThat(((DnsAnswer.Found<MailExchanger>) answer).ttl()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void aCnameShouldBeFollowedWhereTheServerDoesNot() {
        server.behave("alias.test", DnsBehaviour.BARE_CNAME);

        assertThat(find("alias.test", RecordType.MX).records()).hasSize(2);
        assertThat(server.queries(DOMAIN, "MX")).isEqualTo(1);
    }

    @Test
    void aCnameToNowhereShouldBeNoSuchDomain() {
        assertThat(find("dangling.test", RecordType.MX)).isInstanceOf(DnsAnswer.NoSuchDomain.class);
    }

    @Test
    void aLoopOfCnamesShouldFail() {
        assertThat(find("loop1.test", RecordType.MX).failure().orElseThrow()).contains("loop");
        server.behave("loop1.test", DnsBehaviour.BARE_CNAME);
        server.behave("loop2.test", DnsBehaviour.BARE_CNAME);
        assertThat(find("loop1.test", RecordType.A).failure().orElseThrow()).contains("more than 8 CNAMEs");
    }

    @ParameterizedTest
    @EnumSource(names = {"SERVFAIL", "REFUSED", "SILENT", "WRONG_ID", "WRONG_QUESTION"})
    void whatIsNoAnswerShouldBeAskedAgainAndThenFail(DnsBehaviour behaviour) {
        server.behave(DOMAIN, behaviour);

        assertThat(find(DOMAIN, RecordType.MX).failure()).isPresent();
        assertThat(server.queries(DOMAIN, "MX")).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"SERVFAIL", "REFUSED", "SILENT", "WRONG_ID", "WRONG_QUESTION"})
    void anotherServerShouldHelpOut(DnsBehaviour behaviour) {
        server.behave(DOMAIN, behaviour);
        try (ScriptedDnsServer other = ScriptedDnsServer.serving("example.test. 60 IN MX 10 mx.other.test.");
                DnsjavaDns both = dns(server.address(), other.address())) {
            assertThat(join(both.find(DOMAIN, RecordType.MX)).records())
                    .containsExactly(new MailExchanger(10, "mx.other.test"));
        }
    }

    @Test
    void recordsOfAnotherNameShouldNotCount() {
        server.behave(DOMAIN, DnsBehaviour.WRONG_OWNER);

        assertThat(find(DOMAIN, RecordType.MX)).isInstanceOf(DnsAnswer.NoData.class);
    }

    @Test
    void anAnswerThatDoesNotFitShouldBeFetchedByTcp() {
        server.behave(DOMAIN, DnsBehaviour.TRUNCATE);

        assertThat(find(DOMAIN, RecordType.MX).records()).hasSize(2);
        assertThat(server.queries()).extracting(ScriptedDnsServer.Query::tcp).containsExactly(false, true);
    }

    @Test
    void aValidatedAnswerShouldSaySo() {
        server.behave(DOMAIN, DnsBehaviour.AUTHENTICATED);

        assertThat(((DnsAnswer.Found<MailExchanger>) find(DOMAIN, RecordType.MX)).authenticated())
                .isTrue();
    }

    @Test
    void answersShouldBeKeptForTheirTtl() {
        find(DOMAIN, RecordType.MX);
        clock.advance(Duration.ofSeconds(99));
        find("EXAMPLE.test.", RecordType.MX);
        assertThat(server.queries(DOMAIN, "MX")).isEqualTo(1);

        clock.advance(Duration.ofSeconds(2));
        find(DOMAIN, RecordType.MX);
        assertThat(server.queries(DOMAIN, "MX")).isEqualTo(2);
    }

    @Test
    void whatDoesNotExistShouldBeKeptAsTheSoaSays() {
        find("nowhere.test", RecordType.MX);
        clock.advance(Duration.ofSeconds(29));
        find("nowhere.test", RecordType.MX);
        assertThat(server.queries("nowhere.test", "MX")).isEqualTo(1);

        clock.advance(Duration.ofSeconds(2));
        find("nowhere.test", RecordType.MX);
        assertThat(server.queries("nowhere.test", "MX")).isEqualTo(2);
    }

    @Test
    void longAndShortTtlsShouldBeLimited() {
        server.add("short.test. 0 IN MX 10 mx1.example.test.", "long.test. 2000000 IN MX 10 mx1.example.test.");
        find("short.test", RecordType.MX);
        find("short.test", RecordType.MX);
        assertThat(server.queries("short.test", "MX")).isEqualTo(1);

        find("long.test", RecordType.MX);
        clock.advance(Duration.ofDays(1).plusSeconds(1));
        find("long.test", RecordType.MX);
        assertThat(server.queries("long.test", "MX")).isEqualTo(2);
    }

    @Test
    void aFailureShouldBeKeptForAMomentOnly() {
        server.behave(DOMAIN, DnsBehaviour.SERVFAIL);
        find(DOMAIN, RecordType.MX);
        server.behave(DOMAIN, DnsBehaviour.ANSWER);
        assertThat(find(DOMAIN, RecordType.MX).failure()).isPresent();

        clock.advance(Duration.ofSeconds(6));
        assertThat(find(DOMAIN, RecordType.MX).records()).hasSize(2);
    }

    @Test
    void theSameQuestionAtTheSameTimeShouldBeAskedOnce() {
        server.behave(DOMAIN, DnsBehaviour.HOLD);
        List<CompletionStage<DnsAnswer<MailExchanger>>> answers = IntStream.range(0, 20)
                .mapToObj(i -> dns.find(DOMAIN, RecordType.MX))
                .toList();
        Awaitility.await().until(() -> server.queries(DOMAIN, "MX") == 1);
        server.behave(DOMAIN, DnsBehaviour.ANSWER);

        assertThat(answers)
                .allSatisfy(answer -> assertThat(join(answer).records()).hasSize(2));
        assertThat(server.queries(DOMAIN, "MX")).isEqualTo(1);
    }

    @Test
    void moreQuestionsThanMayBeOutstandingShouldWaitAndAllBeAnswered() {
        List<CompletionStage<DnsAnswer<MailExchanger>>> answers = IntStream.range(0, 500)
                .mapToObj(i -> dns.find("d" + i + ".test", RecordType.MX))
                .toList();

        assertThat(answers).allSatisfy(answer -> assertThat(join(answer)).isInstanceOf(DnsAnswer.NoSuchDomain.class));
    }

    private <T> DnsAnswer<T> find(String name, RecordType<T> type) {
        return join(dns.find(name, type));
    }

    private static <T> DnsAnswer<T> join(CompletionStage<DnsAnswer<T>> stage) {
        return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }

    private DnsjavaDns dns(InetSocketAddress... servers) {
        return new DnsjavaDns(
                new DnsSettings(
                        List.of(servers),
                        Duration.ofMillis(700),
                        2,
                        Duration.ofSeconds(5),
                        Duration.ofDays(1),
                        Duration.ofMinutes(15),
                        Duration.ofSeconds(5),
                        10_000,
                        20),
                clock);
    }
}
