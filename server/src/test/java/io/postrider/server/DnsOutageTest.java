package io.postrider.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.PostponeDelay;
import io.postrider.delivery.RelayFaults;
import io.postrider.delivery.RetrySchedule;
import io.postrider.delivery.RetrySchedules;
import io.postrider.delivery.SevenBitHops;
import io.postrider.delivery.smtp.DirectRoute;
import io.postrider.delivery.smtp.SmtpClientSettings;
import io.postrider.delivery.smtp.SmtpDeliveryEngine;
import io.postrider.dispatch.BacklogId;
import io.postrider.dispatch.BacklogStore;
import io.postrider.dispatch.Backlogs;
import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.EntryHead;
import io.postrider.dispatch.EntryQueue;
import io.postrider.dispatch.Parcel;
import io.postrider.dispatch.Reports;
import io.postrider.dns.HostAddresses;
import io.postrider.dns.dnsjava.DnsSettings;
import io.postrider.dns.dnsjava.DnsjavaDns;
import io.postrider.dsn.DsnRequest;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.mx.AddressPolicy;
import io.postrider.mx.IpVersions;
import io.postrider.mx.MxResolver;
import io.postrider.route.EgressPool;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.shaping.ShapingRules;
import io.postrider.store.sql.SqlStore;
import io.postrider.tenant.BounceReports;
import io.postrider.testkit.AesSecretBox;
import io.postrider.testkit.Fixtures;
import io.postrider.testkit.MutableClock;
import io.postrider.testkit.dns.DnsBehaviour;
import io.postrider.testkit.dns.ScriptedDnsServer;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.EventType;
import io.postrider.trace.MessageTrace;
import io.postrider.trace.Recorder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dispatcher, delivery, DNS over the wire and the message log on one clock, which the test sets; only the broker is not there. */
class DnsOutageTest {
    private static final Instant START = Instant.parse("2026-11-25T08:00:00Z");
    private static final EmailAddress BOB = EmailAddress.parse("bob@example.test");
    private static final Hop DIRECT = new Hop.Direct(EgressPool.DEFAULT);
    private static final byte[] CONTENT = "Subject: x\r\n\r\nx\r\n".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path directory;

    private final MutableClock clock = new MutableClock(START);
    private final Waiting queue = new Waiting();
    private final ExecutorService threads = Executors.newSingleThreadExecutor();
    private ScriptedDnsServer zone;
    private ScriptedSmtpPeer peer;
    private DnsjavaDns dns;
    private SmtpDeliveryEngine engine;
    private SqlStore store;
    private Recorder recorder;
    private Dispatcher dispatcher;

    /** A mail of one recipient. */
    private record OneMail(AcceptedMessage message) implements Parcel {
        @Override
        public Instant acceptedAt() {
            return message.acceptedAt();
        }

        @Override
        public AcceptedMessage accepted(Collection<EmailAddress> recipients) {
            return message;
        }

        @Override
        public byte[] serialise(Collection<EmailAddress> recipients, int postponements) {
            return CONTENT;
        }

        @Override
        public int postponements() {
            return 0;
        }

        @Override
        public DsnRequest dsn() {
            return DsnRequest.NONE;
        }

        @Override
        public byte[] content() {
            return CONTENT;
        }
    }

    /** What waits for its time. */
    private static final class Waiting implements EntryQueue {
        private final Map<EntryId, Instant> due = new ConcurrentHashMap<>();

        @Override
        public void put(EntryId id, MessageId message, byte[] mail, Optional<Instant> at) {
            due.put(id, at.orElseThrow());
        }

        @Override
        public Optional<Parcel> findWaiting(EntryId id, Instant at) {
            return Optional.empty();
        }

        @Override
        public Optional<Parcel> findQueued(EntryId id) {
            return Optional.empty();
        }

        @Override
        public void removeWaiting(EntryId id, Instant at) {
            due.remove(id);
        }

        @Override
        public byte[] mailOf(AcceptedMessage message, byte[] content) {
            throw new UnsupportedOperationException("nobody wants a report");
        }

        @Override
        public Parcel read(byte[] mail) {
            throw new UnsupportedOperationException("nobody reads");
        }
    }

    /** Nothing rests. */
    private static final class NoBacklogs implements BacklogStore {
        @Override
        public Map<BacklogId, Long> counts() {
            return Map.of();
        }

        @Override
        public void put(BacklogId backlog, EntryId id, MessageId message, byte[] mail, Instant until) {
            throw new UnsupportedOperationException("nothing rests");
        }

        @Override
        public List<Resting> from(BacklogId backlog, long sequence, int max) {
            return List.of();
        }

        @Override
        public Optional<Resting> find(EntryId id) {
            return Optional.empty();
        }

        @Override
        public boolean remove(BacklogId backlog, EntryId id) {
            return false;
        }

        @Override
        public void drop(BacklogId backlog) {}
    }

    @BeforeEach
    void start() {
        zone = ScriptedDnsServer.serving("example.test. 60 IN MX 10 mx1.test.", "mx1.test. 60 IN A 127.0.0.2");
        peer = ScriptedSmtpPeer.playing(PeerScript.offering(), "127.0.0.2", 0);
        dns = new DnsjavaDns(DnsSettings.withDefaults(List.of(zone.address())), clock);
        engine = new SmtpDeliveryEngine(
                hop -> Optional.empty(),
                new HostAddresses(dns, name -> List.of(), List.of()),
                Optional.of(new DirectRoute(
                        new MxResolver(
                                dns,
                                new Random(1),
                                new AddressPolicy(true, false, false, Set.of(), Set::of),
                                IpVersions.V4_V6,
                                new MxResolver.Limits(5, 4)),
                        name -> Optional.of(EgressPool.ofSystem()),
                        new DirectRoute.Settings(
                                peer.port(),
                                new Relay.Tls(Relay.TlsMode.NONE, false, Optional.empty()),
                                2,
                                10,
                                100,
                                100,
                                Duration.ofMillis(500)))),
                SmtpClientSettings.withDefaults("client.test"),
                ShapingRules.NONE,
                clock,
                new Random(1),
                new SmtpDeliveryEngine.Memories(new SevenBitHops(clock, Duration.ofDays(1)), new RelayFaults(clock)));
        store = SqlStore.open(directory.resolve("store.db"), AesSecretBox.withNewKey());
        recorder = new Recorder(store.messageLog(), 100, 1000);
        RetrySchedule schedule = new RetrySchedule(
                "retry",
                List.of(
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(15),
                        Duration.ofMinutes(30),
                        Duration.ofHours(1)),
                0,
                Duration.ofDays(1));
        dispatcher = new Dispatcher(
                clock,
                new Random(1),
                threads,
                queue,
                store.messageLog(),
                recorder,
                engine,
                new RetrySchedules(schedule, Map.of()),
                new Reports(
                        tenant -> BounceReports.NONE,
                        queue,
                        store.messageLog(),
                        recorder,
                        clock,
                        new Reports.Settings("mail.example.com", Duration.ofHours(4), 50_000)),
                new Backlogs(
                        clock,
                        new NoBacklogs(),
                        new Backlogs.Limits(0, 10, 100_000, Duration.ofSeconds(5), Duration.ofMinutes(5))),
                new Dispatcher.Limits(10, 100_000, new PostponeDelay(Duration.ofSeconds(10), Duration.ofMinutes(5))));
        clock.advance(Duration.ofSeconds(1));
    }

    @AfterEach
    void stop() {
        engine.close();
        threads.shutdownNow();
        dns.close();
        zone.close();
        peer.close();
        store.close();
    }

    @Test
    void anHourOfServfailShouldDelayMailAndNotLoseIt() {
        zone.behave("example.test", DnsBehaviour.SERVFAIL);
        Instant accepted = clock.instant();
        MessageId id = Fixtures.newId(accepted);
        OneMail mail = new OneMail(Fixtures.message(id, BOB));
        recorder.submit(List.of(new Change.Accepted(mail.message())), () -> {});
        EntryId entry = EntryId.firstOf(id);

        while (attempt(entry, mail) == DeliveryState.DEFERRED) {
            entry = queue.due.keySet().iterator().next();
            clock.advance(Duration.between(clock.instant(), queue.due.remove(entry)));
            if (!clock.instant().isBefore(accepted.plus(Duration.ofHours(1)))) {
                zone.behave("example.test", DnsBehaviour.ANSWER);
            }
        }

        MessageTrace trace = trace(id);
        List<Attempt> attempts = trace.deliveries().get(0).attempts();
        assertThat(attempts)
                .extracting(attempt -> Duration.between(accepted, attempt.at()))
                .containsExactly(
                        Duration.ZERO,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(70),
                        Duration.ofSeconds(370),
                        Duration.ofSeconds(1270),
                        Duration.ofSeconds(3070),
                        Duration.ofSeconds(6670));
        assertThat(trace.events().stream().filter(event -> event.type() == EventType.DEFERRED))
                .hasSize(6)
                .allSatisfy(event -> assertThat(event.detail())
                        .contains("4.4.3 the MX of example.test cannot be found out", "SERVFAIL"));
        assertThat(trace.events().get(trace.events().size() - 1).type()).isEqualTo(EventType.DELIVERED);
        assertThat(attempts.get(6).site()).isEqualTo("mx1.test");
        assertThat(peer.messages()).hasSize(1);
        assertThat(queue.due).isEmpty();
    }

    /** Takes an entry through the dispatcher, and answers what came of it once that is recorded and the next entry is there. */
    private DeliveryState attempt(EntryId entry, OneMail mail) {
        MessageId id = mail.message().id();
        int before = attempts(id);
        await().until(() -> {
            recorder.writeBatch(Duration.ofMillis(20));
            return dispatcher.admit(
                            new EntryHead(entry, id, clock.instant(), true, CONTENT.length, List.of(BOB)),
                            mail,
                            () -> {})
                    instanceof Dispatcher.Admission.Work;
        });
        dispatcher.handOver(
                entry,
                new Dispatcher.HandOver(
                        List.of(new Dispatcher.Leg(DIRECT, List.of(ByteBuffer.wrap(CONTENT)))),
                        List.of(new Addressee(BOB, Optional.of(Fixtures.ALICE))),
                        EnvelopeRequest.NONE));
        dispatcher.endOfPipeline(entry, "forgotten");
        await().until(() -> {
            recorder.writeBatch(Duration.ofMillis(20));
            return attempts(id) > before && dispatcher.inWork() == 0;
        });
        return trace(id).deliveries().get(0).row().state();
    }

    private int attempts(MessageId id) {
        return store.messageLog()
                .find(id)
                .map(trace -> trace.deliveries().get(0).attempts().size())
                .orElse(0);
    }

    private MessageTrace trace(MessageId id) {
        return store.messageLog().find(id).orElseThrow();
    }
}
