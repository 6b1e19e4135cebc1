package io.postrider.dispatch;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.PostponeDelay;
import io.postrider.delivery.RetrySchedule;
import io.postrider.delivery.RetrySchedules;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.dispatch.Dispatcher.HandOver;
import io.postrider.dispatch.Dispatcher.Leg;
import io.postrider.dispatch.simulation.SimulatedLog;
import io.postrider.dispatch.simulation.SimulatedMail;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.mail.SmtpReply;
import io.postrider.route.Hop;
import io.postrider.store.Page;
import io.postrider.store.StoreUnavailableException;
import io.postrider.tenant.BounceReports;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMail;
import io.postrider.trace.HeldMails;
import io.postrider.trace.MessageLog;
import io.postrider.trace.MessageQuery;
import io.postrider.trace.MessageSummary;
import io.postrider.trace.MessageTrace;
import io.postrider.trace.Recorder;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A dispatcher whose surroundings do what the test says, when it says so. */
final class DispatchFixture {
    static final EmailAddress ANNE = EmailAddress.parse("anne@example.net");
    static final EmailAddress BOB = EmailAddress.parse("bob@example.net");
    static final Duration TTL = Duration.ofHours(1);
    static final Duration DELAY_AFTER = Duration.ofMinutes(30);
    static final Duration POSTPONE = Duration.ofSeconds(10);
    static final PostponeDelay POSTPONE_DELAY = new PostponeDelay(POSTPONE, Duration.ofMinutes(5));
    static final Backlogs.Limits BACKLOGS =
            new Backlogs.Limits(3, 4, 4000, Duration.ofSeconds(5), Duration.ofSeconds(40));
    static final Hop FIRST_HOP = new Hop.ViaRelay("first");
    static final Hop SECOND_HOP = new Hop.ViaRelay("second");
    static final DeliveryOutcome DELIVERED = new DeliveryOutcome.Delivered(new SmtpReply(250, "2.0.0 ok"));
    static final DeliveryOutcome REFUSED = new DeliveryOutcome.Bounced(new SmtpReply(550, "5.1.1 no such user"));
    static final DeliveryOutcome NOT_NOW = deferred(DeliveryOutcome.Fault.REPLY);
    static final DeliveryOutcome NO_WAY = deferred(DeliveryOutcome.Fault.ROUTE);
    static final DeliveryOutcome UNKNOWN = deferred(DeliveryOutcome.Fault.UNKNOWN_OUTCOME);

    final ManualClock clock = new ManualClock();
    final Deque<Runnable> tasks = new ArrayDeque<>();
    final FakeQueue queue = new FakeQueue();
    final FakeLog log = new FakeLog();
    final FakeEngine engine = new FakeEngine();
    final Recorder recorder = new Recorder(log, 100, 100);
    final Random random = new Random(1);
    final BacklogsInMemory resting = new BacklogsInMemory();
    final Backlogs backlogs = new Backlogs(clock, resting, BACKLOGS);
    BounceReports wish = BounceReports.NONE;
    final Dispatcher dispatcher;
    final Operations operations;
    final List<EntryId> acknowledged = new ArrayList<>();

    DispatchFixture() {
        this(new Dispatcher.Limits(10, 10_000, POSTPONE_DELAY));
    }

    DispatchFixture(Dispatcher.Limits limits) {
        RetrySchedule schedule =
                new RetrySchedule("retry", List.of(Duration.ofSeconds(60), Duration.ofSeconds(600)), 0, TTL);
        dispatcher = new Dispatcher(
                clock,
                random,
                tasks::add,
                queue,
                log,
                recorder,
                engine,
                new RetrySchedules(schedule, Map.of()),
                reports(),
                backlogs,
                limits);
        operations = new Operations(clock, dispatcher, queue, log, log);
        clock.advance(Duration.ofSeconds(1));
    }

    Reports reports() {
        return new Reports(
                tenant -> wish,
                queue,
                log,
                recorder,
                clock,
                new Reports.Settings("mail.example.com", DELAY_AFTER, 50_000));
    }

    private static DeliveryOutcome deferred(DeliveryOutcome.Fault fault) {
        return new DeliveryOutcome.Deferred(Optional.empty(), "a reason", fault);
    }

    static final class ManualClock extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        void advance(Duration duration) {
            now = now.plus(duration);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("one zone only");
        }
    }

    /** An entry as it was written. */
    record Written(EntryId id, SimulatedMail mail, Instant writtenAt, Optional<Instant> due) {
        EntryHead head() {
            return new EntryHead(id, mail.message(), writtenAt, true, 100, mail.recipients());
        }
    }

    /** Keeps what is written; what was taken out by the test stays in {@code written}. */
    final class FakeQueue implements EntryQueue {
        final List<Written> written = new ArrayList<>();
        final Map<MessageId, byte[]> contents = new HashMap<>();
        final List<EntryId> removed = new ArrayList<>();
        Runnable meanwhile = () -> {};
        Optional<RuntimeException> failure = Optional.empty();

        @Override
        public void put(EntryId id, MessageId message, byte[] mail, Optional<Instant> due) {
            failure.ifPresent(exception -> {
                throw exception;
            });
            written.add(new Written(id, SimulatedMail.decode(mail), clock.instant(), due));
            Runnable once = meanwhile;
            meanwhile = () -> {};
            once.run();
        }

        Written last() {
            return written.get(written.size() - 1);
        }

        @Override
        public Optional<Parcel> findWaiting(EntryId id, Instant due) {
            return written.stream()
                    .filter(entry -> entry.id().equals(id) && entry.due().equals(Optional.of(due)))
                    .<Parcel>map(Written::mail)
                    .findFirst();
        }

        @Override
        public Optional<Parcel> findQueued(EntryId id) {
            return written.stream()
                    .filter(entry -> entry.id().equals(id) && entry.due().isEmpty())
                    .<Parcel>map(Written::mail)
                    .findFirst();
        }

        @Override
        public void removeWaiting(EntryId id, Instant due) {
            removed.add(id);
        }

        @Override
        public byte[] mailOf(AcceptedMessage message, byte[] content) {
            contents.put(message.id(), content);
            return SimulatedMail.of(message).encode();
        }

        @Override
        public Parcel read(byte[] mail) {
            return SimulatedMail.decode(mail);
        }
    }

    /** Can be silent, before or after it has done what it was asked for. */
    static final class FakeLog implements MessageLog, HeldMails {
        final SimulatedLog disk = new SimulatedLog();
        final List<Change> changes = new ArrayList<>();
        boolean silent;
        boolean silentAfterwards;
        Runnable meanwhile = () -> {};

        private void answer() {
            if (silent || silentAfterwards) {
                throw new StoreUnavailableException("a call", new IllegalStateException("silent"));
            }
        }

        @Override
        public void append(List<Change> more) {
            if (silent) {
                answer();
            }
            disk.append(more);
            changes.addAll(more);
            answer();
        }

        @Override
        public Map<MessageId, List<DeliveryRow>> deliveries(Collection<MessageId> messages) {
            answer();
            Map<MessageId, List<DeliveryRow>> found = new LinkedHashMap<>();
            messages.stream()
                    .filter(message -> !disk.rows(message).isEmpty())
                    .forEach(message -> found.put(message, disk.rows(message)));
            Runnable once = meanwhile;
            meanwhile = () -> {};
            once.run();
            return found;
        }

        @Override
        public Optional<MessageTrace> find(MessageId id) {
            throw new UnsupportedOperationException("nobody asks for a trace");
        }

        @Override
        public Page<MessageSummary> search(MessageQuery query) {
            throw new UnsupportedOperationException("nobody searches");
        }

        @Override
        public List<EntryId> keys(Optional<EntryId> after, int limit) {
            return disk.held().stream().map(HeldMail::key).toList();
        }

        @Override
        public Optional<HeldMail> find(EntryId key) {
            answer();
            return disk.held(key);
        }

        @Override
        public long count() {
            return disk.held().size();
        }

        @Override
        public boolean discard(EntryId key, Instant at) {
            answer();
            return disk.discard(key);
        }
    }

    /** Remembers what it was given, and answers when the test does. */
    static final class FakeEngine implements DeliveryEngine {
        record Given(Consignment consignment, Listener listener) {}

        final List<Given> given = new ArrayList<>();

        @Override
        public void deliver(Consignment consignment, Listener listener) {
            given.add(new Given(consignment, listener));
        }

        Given last() {
            return given.get(given.size() - 1);
        }
    }

    /** A message in the queue, and accepted in the log. */
    Written accepted(EmailAddress... recipients) {
        MessageId message = MessageId.at(clock.instant(), random);
        SimulatedMail mail = SimulatedMail.anonymous(message, clock.instant(), List.of(recipients));
        clock.advance(Duration.ofMillis(1));
        queue.put(EntryId.firstOf(message), message, mail.encode(), Optional.empty());
        log.append(List.of(new Change.Accepted(mail.accepted(mail.recipients()))));
        return queue.last();
    }

    Admission admit(Written entry) {
        return dispatcher.admit(entry.head(), entry.mail(), () -> acknowledged.add(entry.id()));
    }

    /** Admits an entry, hands all of it over, and ends its pipeline. */
    void begin(Written entry, Hop... hops) {
        admit(entry);
        handOver(entry, entry.mail().recipients(), hops);
        dispatcher.endOfPipeline(entry.id(), "forgotten");
        runTasks();
    }

    void handOver(Written entry, List<EmailAddress> recipients, Hop... hops) {
        List<Leg> legs = new ArrayList<>();
        for (Hop hop : hops.length == 0 ? new Hop[] {FIRST_HOP} : hops) {
            legs.add(new Leg(hop, List.of(ByteBuffer.allocate(0))));
        }
        List<DeliveryEngine.Addressee> addressees = recipients.stream()
                .map(recipient -> new DeliveryEngine.Addressee(recipient, Optional.empty()))
                .toList();
        dispatcher.handOver(entry.id(), new HandOver(legs, addressees, EnvelopeRequest.NONE));
    }

    /** The engine answers about a recipient of its last consignment. */
    void answer(EmailAddress recipient, DeliveryOutcome outcome) {
        FakeEngine.Given last = engine.last();
        last.listener()
                .attempted(
                        recipient,
                        new Attempt(
                                clock.instant(),
                                last.consignment().hop().toString(),
                                "",
                                "mx",
                                "",
                                outcome,
                                Duration.ZERO,
                                List.of()));
    }

    /** Lets the threads of the dispatcher and of the recorder do what they have to. */
    void settle() {
        runTasks();
        record();
        runTasks();
        record();
    }

    void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.removeFirst().run();
        }
    }

    void record() {
        try {
            recorder.writeBatch(Duration.ZERO);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    DeliveryRow row(Written entry, EmailAddress recipient) {
        return log.disk.row(entry.mail().message(), recipient).orElseThrow();
    }
}
