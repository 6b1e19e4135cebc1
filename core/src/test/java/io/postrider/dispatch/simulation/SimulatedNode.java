package io.postrider.dispatch.simulation;

import io.postrider.delivery.RetrySchedules;
import io.postrider.dispatch.BacklogId;
import io.postrider.dispatch.BacklogStore;
import io.postrider.dispatch.Backlogs;
import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.EntryQueue;
import io.postrider.dispatch.Operations;
import io.postrider.dispatch.Parcel;
import io.postrider.dispatch.Reports;
import io.postrider.domain.InMemorySendingDomains;
import io.postrider.domain.SenderPolicy;
import io.postrider.domain.SendingDomain;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.mail.RawMessage;
import io.postrider.store.Page;
import io.postrider.store.StoreUnavailableException;
import io.postrider.submission.MessageLimits;
import io.postrider.submission.MessageRules;
import io.postrider.submission.Submissions;
import io.postrider.submission.Submitter;
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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One process, from its start to its death: the real dispatcher and what belongs to it, on top of what is on disk. */
final class SimulatedNode {
    private static final Submitter APP = new Submitter("default", "app");
    static final EmailAddress SENDER = EmailAddress.parse("app@example.com");
    private static final RawMessage CONTENT = RawMessage.parse(
            "From: app@example.com\r\nSubject: hello\r\n\r\nhello\r\n".getBytes(StandardCharsets.US_ASCII));

    final SimulatedWorld world;
    final int number;
    final Dispatcher dispatcher;
    final Operations operations;
    final Recorder recorder;
    final Backlogs backlogs;
    final SimulatedHeldMails heldMails = new SimulatedHeldMails();
    final Submissions submissions;
    final SimulatedConsumer consumer;
    final SimulatedEngine engine;
    final SimulatedSweep sweep;
    private final Agenda.Actor recorderThread = new Agenda.Actor();
    private final Agenda.Actor ticker = new Agenda.Actor();
    private final Agenda.Actor backlogThread = new Agenda.Actor();
    private boolean alive = true;
    private boolean recording;
    private boolean ticking;
    private boolean taking;

    SimulatedNode(SimulatedWorld world, int number, RetrySchedules schedules, Dispatcher.Limits limits) {
        this.world = world;
        this.number = number;
        this.engine = new SimulatedEngine(this);
        SimulatedQueue queue = new SimulatedQueue();
        SimulatedMessageLog log = new SimulatedMessageLog();
        this.recorder = new Recorder(
                log,
                new Recorder.Pace(
                        1 + world.random.nextInt(8), 50, Duration.ZERO, Duration.ofMillis(world.random.nextInt(400))),
                () -> TimeUnit.MILLISECONDS.toNanos(world.agenda.millis()));
        Reports reports = new Reports(
                tenant -> ask("wish", world::wish),
                queue,
                log,
                recorder,
                world.agenda,
                new Reports.Settings("mail.example.com", Duration.ofSeconds(15), 50_000));
        this.backlogs = new Backlogs(
                world.agenda,
                new SimulatedBacklogs(),
                new Backlogs.Limits(
                        world.random.nextInt(4),
                        1 + world.random.nextInt(3),
                        1000,
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(10)));
        this.dispatcher = new Dispatcher(
                world.agenda,
                world.random,
                task -> after(world.random.nextInt(5), new Agenda.Actor(), task),
                queue,
                log,
                recorder,
                engine,
                schedules,
                reports,
                backlogs,
                limits);
        this.operations = new Operations(world.agenda, dispatcher, queue, log, heldMails);
        this.sweep = new SimulatedSweep(this, queue, log);
        InMemorySendingDomains domains = new InMemorySendingDomains();
        domains.put(new SendingDomain("example.com", "default", "b.example.com", List.of(), Instant.EPOCH));
        this.submissions = new Submissions(
                new MessageRules(new MessageLimits(1 << 20, 1000, 50)),
                new SenderPolicy(domains),
                recorder,
                world.agenda,
                world.random,
                10);
        this.consumer = new SimulatedConsumer(this);
    }

    void start() {
        world.journal.waiting().forEach(this::waitFor);
        consumer.wake();
    }

    boolean isAlive() {
        return alive;
    }

    void kill() {
        alive = false;
    }

    /** Lets one of its threads do something later, unless the process is dead by then. */
    void after(long millis, Agenda.Actor actor, Runnable task) {
        world.agenda.after(millis, actor, () -> {
            if (alive) {
                task.run();
            }
        });
    }

    /** The threads that always run: they have something to do when there is something to do. */
    void keepBusy() {
        if (!recording && recorder.backlog() > 0) {
            recording = true;
            after(world.random.nextInt(30), recorderThread, this::record);
        }
        if (!taking && backlogs.size() > 0) {
            taking = true;
            after(world.random.nextInt(300), backlogThread, () -> {
                taking = false;
                consumer.takeFromBacklogs();
            });
        }
        if (!ticking && dispatcher.inWork() > 0) {
            ticking = true;
            after(1000, ticker, () -> {
                ticking = false;
                dispatcher.tick();
            });
        }
    }

    private void record() {
        recording = false;
        try {
            recorder.writeBatch(Duration.ZERO);
        } catch (StoreUnavailableException e) {
            recording = true;
            after(1000, recorderThread, this::record);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void submit(List<EmailAddress> recipients) {
        try {
            Submissions.Result result = submissions
                    .submit(APP, Optional.of(SENDER), recipients, CONTENT, this::enqueueFirst)
                    .toCompletableFuture()
                    .join();
            if (result instanceof Submissions.Result.Accepted accepted) {
                world.promised(accepted.message());
            }
        } catch (EntryQueue.QueueUnavailableException e) {
            world.trace(() -> "not accepted: " + e.getMessage());
        }
    }

    private CompletionStage<Void> enqueueFirst(AcceptedMessage message) {
        world.submitted(message);
        byte[] mail = SimulatedMail.of(message).encode();
        write(EntryId.firstOf(message.id()), message.id(), mail, Optional.empty());
        return CompletableFuture.completedStage(null);
    }

    /** A thread waits for a disk: others go on, and the process may die before it is done. */
    void mayBeInterrupted() {
        stopIfDead();
        world.agenda.othersGoOn();
        stopIfDead();
        if (world.chance(world.faults().crash())) {
            world.crash();
        }
    }

    private void stopIfDead() {
        if (!alive) {
            throw new Crash();
        }
    }

    private void write(EntryId id, MessageId message, byte[] mail, Optional<Instant> due) {
        Instant now = world.agenda.instant();
        mayBeInterrupted();
        boolean fails = world.chance(world.faults().queue());
        if (fails && world.random.nextBoolean()) {
            throw new EntryQueue.QueueUnavailableException("write " + id, new IllegalStateException("not written"));
        }
        Journal.Copy copy = new Journal.Copy(id, message, now, mail, due.filter(time -> time.isAfter(now)));
        world.trace(
                () -> "journal: entry " + id + " " + SimulatedMail.decode(mail).recipients() + " due " + due);
        world.journal.put(copy);
        if (copy.due.isPresent()) {
            waitFor(copy);
        } else {
            consumer.wake();
        }
        mayBeInterrupted();
        if (fails) {
            throw new EntryQueue.QueueUnavailableException("write " + id, new IllegalStateException("no answer"));
        }
    }

    private void waitFor(Journal.Copy copy) {
        long wait =
                copy.due.orElseThrow().toEpochMilli() - world.agenda.instant().toEpochMilli();
        int lag = world.random.nextInt(world.random.nextInt(10) == 0 ? 3000 : 50);
        after(Math.max(0, wait) + lag, new Agenda.Actor(), () -> {
            if (world.journal.release(copy)) {
                consumer.wake();
                after(world.random.nextInt(50), new Agenda.Actor(), () -> world.journal.removeWaiting(copy));
            }
        });
    }

    <T> T ask(String operation, Supplier<T> answer) {
        mayBeInterrupted();
        boolean fails = world.storeIsSilent() || world.chance(world.faults().store());
        if (fails && world.random.nextBoolean()) {
            throw new StoreUnavailableException(operation, new IllegalStateException("not done"));
        }
        T found = answer.get();
        mayBeInterrupted();
        if (fails) {
            throw new StoreUnavailableException(operation, new IllegalStateException("no answer"));
        }
        return found;
    }

    private final class SimulatedQueue implements EntryQueue {
        @Override
        public void put(EntryId id, MessageId message, byte[] mail, Optional<Instant> due) {
            write(id, message, mail, due);
        }

        @Override
        public Optional<Parcel> findWaiting(EntryId id, Instant due) {
            mayBeInterrupted();
            return world.journal.findWaiting(id, due).map(copy -> SimulatedMail.decode(copy.mail));
        }

        @Override
        public Optional<Parcel> findQueued(EntryId id) {
            mayBeInterrupted();
            return world.journal.findReady(id).map(copy -> SimulatedMail.decode(copy.mail));
        }

        @Override
        public void removeWaiting(EntryId id, Instant due) {
            mayBeInterrupted();
            if (world.chance(world.faults().queue())) {
                throw new QueueUnavailableException("remove " + id, new IllegalStateException("not removed"));
            }
            world.journal.findWaiting(id, due).ifPresent(world.journal::removeWaiting);
        }

        @Override
        public byte[] mailOf(AcceptedMessage message, byte[] content) {
            return SimulatedMail.of(message).encode();
        }

        @Override
        public Parcel read(byte[] mail) {
            return SimulatedMail.decode(mail);
        }
    }

    /** What is removed is gone for this process; for the next, it is only when the process lives on for a moment. */
    private final class SimulatedBacklogs implements BacklogStore {
        private final Set<EntryId> removed = new HashSet<>();

        @Override
        public Map<BacklogId, Long> counts() {
            return world.resting.counts();
        }

        @Override
        public void put(BacklogId backlog, EntryId id, MessageId message, byte[] mail, Instant until) {
            mayBeInterrupted();
            boolean fails = world.chance(world.faults().queue());
            if (fails && world.random.nextBoolean()) {
                throw new EntryQueue.QueueUnavailableException("write " + id, new IllegalStateException("not written"));
            }
            world.trace(() -> "backlog of " + backlog.lane() + ": entry " + id + " "
                    + SimulatedMail.decode(mail).recipients());
            world.resting.put(backlog, id, message, mail, until);
            mayBeInterrupted();
            if (fails) {
                throw new EntryQueue.QueueUnavailableException("write " + id, new IllegalStateException("no answer"));
            }
        }

        @Override
        public List<Resting> from(BacklogId backlog, long sequence, int max) {
            mayBeInterrupted();
            return world.resting.from(backlog, sequence, Integer.MAX_VALUE).stream()
                    .filter(entry -> !removed.contains(entry.id()))
                    .limit(max)
                    .toList();
        }

        @Override
        public Optional<Resting> find(EntryId id) {
            mayBeInterrupted();
            return removed.contains(id) ? Optional.empty() : world.resting.find(id);
        }

        @Override
        public boolean remove(BacklogId backlog, EntryId id) {
            if (!alive) {
                throw new Crash();
            }
            Optional<Resting> found = removed.contains(id) ? Optional.empty() : world.resting.find(id);
            found.ifPresent(entry -> {
                world.trace(() -> "removed from a backlog: " + id);
                world.mustOwnNothing(id, entry.message());
                removed.add(id);
                after(world.random.nextInt(100), new Agenda.Actor(), () -> world.resting.remove(backlog, id));
            });
            return found.isPresent();
        }

        @Override
        public void drop(BacklogId backlog) {
            mayBeInterrupted();
            world.resting.drop(backlog);
        }
    }

    private final class SimulatedMessageLog implements MessageLog {
        @Override
        public void append(List<Change> changes) {
            ask("append", () -> {
                world.trace(() ->
                        "log: " + changes.stream().map(SimulatedNode::inShort).toList());
                world.log.append(changes);
                return changes;
            });
        }

        @Override
        public Map<MessageId, List<DeliveryRow>> deliveries(Collection<MessageId> messages) {
            return ask("deliveries", () -> {
                Map<MessageId, List<DeliveryRow>> found = new LinkedHashMap<>();
                for (MessageId message : messages) {
                    List<DeliveryRow> rows = world.log.rows(message);
                    if (!rows.isEmpty()) {
                        found.put(message, rows);
                    }
                }
                return found;
            });
        }

        @Override
        public Optional<MessageTrace> find(MessageId id) {
            throw new UnsupportedOperationException("nobody asks for a trace");
        }

        @Override
        public Page<MessageSummary> search(MessageQuery query) {
            throw new UnsupportedOperationException("nobody searches");
        }
    }

    private static String inShort(Change change) {
        if (change instanceof Change.Step step) {
            return step.recipient() + " " + step.state() + " #" + step.number() + " " + step.owner() + " "
                    + step.explanation();
        }
        if (change instanceof Change.Held held) {
            return held.recipients() + " held by " + held.mail().key();
        }
        return change instanceof Change.Accepted accepted ? "accepted " + accepted.message() : change.toString();
    }

    /** The held mails of the log. */
    final class SimulatedHeldMails implements HeldMails {
        @Override
        public List<EntryId> keys(Optional<EntryId> after, int limit) {
            return ask(
                    "keys", () -> world.log.held().stream().map(HeldMail::key).toList());
        }

        @Override
        public Optional<HeldMail> find(EntryId key) {
            return ask("find", () -> world.log.held(key));
        }

        @Override
        public long count() {
            return ask("count", () -> (long) world.log.held().size());
        }

        @Override
        public boolean discard(EntryId key, Instant at) {
            return ask("discard", () -> world.log.discard(key));
        }
    }
}
