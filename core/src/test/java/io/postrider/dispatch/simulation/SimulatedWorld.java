package io.postrider.dispatch.simulation;

import io.postrider.delivery.PostponeDelay;
import io.postrider.delivery.RetrySchedule;
import io.postrider.delivery.RetrySchedules;
import io.postrider.dispatch.BacklogsInMemory;
import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.MessageOperations.Cancellation;
import io.postrider.dispatch.MessageOperations.Retry;
import io.postrider.dispatch.simulation.RemoteServers.Delivery;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.route.Hop;
import io.postrider.store.StoreUnavailableException;
import io.postrider.tenant.BounceReports;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMail;
import io.postrider.trace.OpenDeliveries.Overdue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Some messages, some admins, some crashes and much bad luck, all from one seed; then calm, in which everything must come to its end. Whatever breaks a rule ends the
 * run with an {@link AssertionError}.
 */
final class SimulatedWorld {
    private static final Duration STORM = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final int RETRY_MILLIS = 10_000;
    private static final int MAX_RESTART_MILLIS = 3000;

    private static final List<EmailAddress> RECIPIENTS = IntStream.range(0, 4)
            .mapToObj(n -> EmailAddress.parse("r" + n + "@example.net"))
            .toList();

    final Random random;
    final Agenda agenda;
    final Journal journal = new Journal();
    final BacklogsInMemory resting = new BacklogsInMemory();
    final SimulatedLog log = new SimulatedLog();
    final RemoteServers remote = new RemoteServers();
    private final Faults storm;
    private final RetrySchedules schedules;
    private final BounceReports wish;
    private final Dispatcher.Limits limits;
    private final boolean traced;
    private final List<String> trace = new ArrayList<>();
    private final List<MessageId> messages = new ArrayList<>();
    private final Map<MessageId, AcceptedMessage> promises = new LinkedHashMap<>();
    private final Set<Delivery> cancelled = new HashSet<>();
    private final Set<MessageId> retried = new HashSet<>();
    final Agenda.Actor admin = new Agenda.Actor();
    private final Agenda.Actor sweeper = new Agenda.Actor();
    private final Set<EntryId> lost = new HashSet<>();
    private final Set<EntryId> everHidden = new HashSet<>();
    private final Map<Hop, Instant> deadUntil = new HashMap<>();
    private long alarm;
    private SimulatedNode node;
    private Instant storeSilentUntil = Instant.MIN;
    private Instant lastFull = Instant.MIN;
    private int crashesLeft;
    private boolean calm;

    SimulatedWorld(long seed, boolean traced) {
        this.random = new Random(seed);
        this.traced = traced;
        this.agenda = new Agenda(random, oneOf(0, 0.2, 0.6));
        this.storm = Faults.of(random);
        RetrySchedule schedule = new RetrySchedule(
                "retry",
                List.of(Duration.ofSeconds(3), Duration.ofSeconds(8), Duration.ofSeconds(20)),
                0.2,
                Duration.ofSeconds(random.nextInt(4) == 0 ? 30 : 600));
        this.schedules = new RetrySchedules(schedule, Map.of());
        this.wish = List.of(BounceReports.values()).get(random.nextInt(BounceReports.values().length));
        this.limits = new Dispatcher.Limits(
                1 + random.nextInt(6),
                100L << random.nextInt(6),
                new PostponeDelay(Duration.ofSeconds(1 + random.nextInt(9)), Duration.ofSeconds(random.nextInt(40))));
        this.crashesLeft = random.nextInt(4);
        this.node = new SimulatedNode(this, 1, schedules, limits);
        plan();
    }

    private double oneOf(double... values) {
        return values[random.nextInt(values.length)];
    }

    private void plan() {
        node.start();
        for (int i = random.nextInt(5); i >= 0; i--) {
            List<EmailAddress> recipients = RECIPIENTS.subList(0, 1 + random.nextInt(RECIPIENTS.size()));
            sometimes(() -> node.submit(recipients));
        }
        for (int i = random.nextInt(20); i > 0; i--) {
            agenda.after(random.nextInt((int) STORM.toMillis()), admin, ifAlive(this::adminActs));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            sometimes(this::repositoryIsUsed);
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            sometimes(() -> storeSilentUntil = agenda.instant().plusMillis(random.nextInt(8000)));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            sometimes(this::crash);
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            sometimes(this::hopDies);
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            agenda.after(random.nextInt((int) STORM.toMillis()), ifAlive(() -> node.backlogs.reroute()));
        }
        for (int i = random.nextInt(30); i > 0; i--) {
            agenda.after(random.nextInt((int) STORM.toMillis()), sweeper, ifAlive(this::sweep));
        }
        for (int i = random.nextInt(3) * random.nextInt(6); i > 0; i--) {
            sometimes(this::damageTheJournal);
        }
    }

    /** Not beside an admin: a lock keeps one of them out while the other has suspended a message. */
    private void sweep() {
        if (!admin.isBusy()) {
            sweeper.occupied(node.sweep::run).ifPresent(report -> alarm = report.withoutMail());
        }
    }

    private void damageTheJournal() {
        List<Journal.Copy> copies = journal.all();
        if (copies.isEmpty()) {
            return;
        }
        Journal.Copy copy = copies.get(random.nextInt(copies.size()));
        switch (random.nextInt(3)) {
            case 0 -> {
                // Of a message that nobody knows yet, nobody could miss it.
                if (!log.rows(copy.message).isEmpty()) {
                    trace(() -> "lost: entry " + copy.id);
                    lost.add(copy.id);
                    journal.lose(copy.id);
                }
            }
            case 1 -> {
                if (!copy.id.isFirstOf(copy.message) && journal.ready().contains(copy)) {
                    trace(() -> "there twice: entry " + copy.id);
                    journal.duplicate(copy);
                    node.consumer.wake();
                }
            }
            default -> {
                trace(() -> "not to be found: entry " + copy.id);
                everHidden.add(copy.id);
                journal.hide(copy);
                agenda.after(random.nextInt(random.nextBoolean() ? 20_000 : 3000), () -> {
                    trace(() -> "found again: entry " + copy.id);
                    journal.reveal(copy);
                    node.consumer.wake();
                });
            }
        }
    }

    /** What is held because its entry is gone must have no entry, or have had none for a while. */
    void mayBeHeldAsLost(EntryId owner) {
        if (!lost.contains(owner) && !everHidden.contains(owner)) {
            throw new AssertionError("a sweep takes " + owner + " for lost, and it is "
                    + (journal.has(owner, Optional.empty()) ? "there" : "gone"));
        }
    }

    private boolean isLost(DeliveryRow row) {
        return row.owner().filter(lost::contains).isPresent();
    }

    private void sometimes(Runnable task) {
        agenda.after(random.nextInt((int) STORM.toMillis() / 2), ifAlive(task));
    }

    private Runnable ifAlive(Runnable task) {
        return () -> {
            if (node.isAlive()) {
                task.run();
            }
        };
    }

    /** Runs the storm, then the calm, and checks what is left. */
    void run() {
        runUntil(agenda.instant().plus(STORM), () -> false);
        trace(() -> "calm");
        calm = true;
        Instant end = agenda.instant().plus(PATIENCE);
        runUntil(agenda.instant().plusMillis(2L * MAX_RESTART_MILLIS), () -> false);
        admin.occupied(this::retryEverything);
        while (!isSettled() && agenda.instant().isBefore(end)) {
            admin.occupied(this::retryHeld);
            sweep();
            runUntil(agenda.instant().plusSeconds(60), this::isSettled);
        }
        checkTheEnd();
    }

    private void runUntil(Instant end, Supplier<Boolean> enough) {
        boolean more = true;
        while (more && !enough.get()) {
            try {
                more = agenda.next(end);
                node.keepBusy();
            } catch (Crash e) {
                checkNothingIsLost();
                int number = node.number + 1;
                agenda.after(random.nextInt(MAX_RESTART_MILLIS), () -> {
                    trace(() -> "start of process " + number);
                    node = new SimulatedNode(this, number, schedules, limits);
                    node.start();
                });
            }
        }
        if (agenda.instant().isBefore(end) && !enough.get()) {
            agenda.at(end, () -> {});
            agenda.next(end);
        }
    }

    /** Which reports the tenant wants. */
    BounceReports wish() {
        return wish;
    }

    boolean chance(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    Faults faults() {
        return calm ? Faults.NONE : storm;
    }

    boolean storeIsSilent() {
        return !calm && agenda.instant().isBefore(storeSilentUntil);
    }

    void crash() {
        if (!calm && crashesLeft > 0) {
            crashesLeft--;
            trace(() -> "crash");
            node.kill();
            throw new Crash();
        }
    }

    void trace(Supplier<String> line) {
        if (traced) {
            trace.add(agenda.instant() + " " + line.get());
        }
    }

    List<String> trace() {
        return trace;
    }

    /** A message is on its way to the journal. */
    void submitted(AcceptedMessage message) {
        messages.add(message.id());
    }

    /** A message was accepted: from now on it must not be lost. */
    void promised(AcceptedMessage message) {
        trace(() -> "accepted: " + message.id());
        promises.put(message.id(), message);
    }

    /** There is no room for one more entry in work. */
    void isFull() {
        lastFull = agenda.instant();
    }

    void worksOn(MessageId message) {
        retried.remove(message);
    }

    private void adminActs() {
        if (messages.isEmpty()) {
            return;
        }
        MessageId message = messages.get(random.nextInt(messages.size()));
        try {
            if (random.nextBoolean()) {
                node.operations.cancel(message).ifPresent(answer -> noteCancelled(message, answer));
            } else {
                Retry answer = node.operations.retry(message);
                trace(() -> "retry of " + message + ": " + answer);
            }
        } catch (StoreUnavailableException | QueueUnavailableException e) {
            trace(() -> "an admin gets no answer about " + message + ": " + e.getMessage());
        }
    }

    private void noteCancelled(MessageId message, Map<EmailAddress, Cancellation> answer) {
        trace(() -> "cancellation of " + message + ": " + answer);
        answer.forEach((recipient, cancellation) -> {
            if (cancellation == Cancellation.CANCELLED) {
                Optional<DeliveryState> state = log.row(message, recipient).map(DeliveryRow::state);
                if (!state.equals(Optional.of(DeliveryState.CANCELLED))) {
                    throw new AssertionError(
                            recipient + " was said to be cancelled, and is " + log.row(message, recipient));
                }
                cancelled.add(new Delivery(message, recipient));
            }
        });
    }

    /** What James does when somebody uses the repository of held mails. */
    private void repositoryIsUsed() {
        List<HeldMail> held = log.held();
        if (held.isEmpty()) {
            return;
        }
        HeldMail mail = held.get(random.nextInt(held.size()));
        try {
            if (random.nextBoolean()) {
                trace(() -> "discard of " + mail.key());
                node.heldMails.discard(mail.key(), agenda.instant());
            } else {
                trace(() -> "release of " + mail.key());
                node.operations.release(mail.message(), mail.key(), mail.entry());
            }
        } catch (StoreUnavailableException | QueueUnavailableException e) {
            trace(() -> "no answer about " + mail.key() + ": " + e.getMessage());
        }
    }

    private void retryEverything() {
        for (MessageId message : messages) {
            boolean started = node.operations.retry(message) == Retry.STARTED;
            trace(() -> "retry of " + message + (started ? " started" : " found nothing"));
            if (started) {
                retried.add(message);
                agenda.after(RETRY_MILLIS, () -> mustHaveBegun(message));
            }
        }
    }

    private void mustHaveBegun(MessageId message) {
        Instant since = agenda.instant().minusMillis(RETRY_MILLIS);
        if (retried.contains(message) && lastFull.isAfter(since)) {
            agenda.after(RETRY_MILLIS, () -> mustHaveBegun(message));
        } else if (retried.contains(message)) {
            throw new AssertionError("a retry of " + message + " was started and did not begin within 10 s");
        }
    }

    private void retryHeld() {
        for (HeldMail mail : log.held()) {
            Retry answer = node.operations.retry(mail.message());
            if (log.held(mail.key()).isPresent()) {
                throw new AssertionError(answer + " for " + mail.key() + ", and it is still held");
            }
        }
    }

    private boolean isSettled() {
        return node.isAlive()
                && journal.isEmpty()
                && resting.all().isEmpty()
                && node.dispatcher.inWork() == 0
                && node.recorder.backlog() == 0
                && log.held().isEmpty()
                && log.deliveries().stream().map(Overdue::row).allMatch(SimulatedWorld::isFinalOrHeld);
    }

    private static boolean isFinalOrHeld(DeliveryRow row) {
        return row.state().isFinal() || row.state() == DeliveryState.HELD;
    }

    /** Until when nobody answers at a hop; none when somebody does. */
    Optional<Instant> deadUntil(Hop hop) {
        return Optional.ofNullable(calm ? null : deadUntil.get(hop)).filter(time -> time.isAfter(agenda.instant()));
    }

    private void hopDies() {
        Hop hop = SimulatedPipeline.HOPS.get(random.nextInt(SimulatedPipeline.HOPS.size()));
        Instant until = agenda.instant().plusMillis(random.nextInt((int) STORM.toMillis()));
        trace(() -> hop + " is dead until " + until);
        deadUntil.put(hop, until);
    }

    /** What left a backlog must own nothing. */
    void mustOwnNothing(EntryId entry, MessageId message) {
        for (DeliveryRow row : log.rows(message)) {
            if (row.owner().equals(Optional.of(entry))) {
                throw new AssertionError("removed from a backlog, and it owned " + row);
            }
        }
    }

    /** An acknowledged entry must own nothing, unless another copy of it is there. */
    void mustOwnNothing(Journal.Copy copy) {
        if (journal.has(copy.id, Optional.of(copy))) {
            return;
        }
        List<DeliveryRow> rows = log.rows(copy.message);
        if (rows.isEmpty() && copy.id.isFirstOf(copy.message)) {
            throw new AssertionError("acknowledged, and nothing is recorded of it: " + copy.id);
        }
        for (DeliveryRow row : rows) {
            if (row.owner().equals(Optional.of(copy.id))) {
                throw new AssertionError("acknowledged, and it owned " + row);
            }
        }
    }

    /** When there is nothing but what is on disk, each open delivery has an owner that is there. */
    private void checkNothingIsLost() {
        for (AcceptedMessage message : promises.values()) {
            for (EmailAddress recipient : message.recipients()) {
                Optional<DeliveryRow> row = log.row(message.id(), recipient);
                boolean open = row.filter(found -> found.state().isFinal()).isEmpty();
                EntryId owner = row.flatMap(DeliveryRow::owner).orElse(EntryId.firstOf(message.id()));
                if (open
                        && !lost.contains(owner)
                        && !journal.has(owner, Optional.empty())
                        && resting.find(owner).isEmpty()
                        && log.held(owner).isEmpty()) {
                    throw new AssertionError("lost: " + message.id() + " " + recipient + " " + row);
                }
            }
        }
    }

    private void checkTheEnd() {
        if (!isSettled()) {
            throw new AssertionError("not settled after " + PATIENCE + ": in work " + node.dispatcher.inWork()
                    + ", not recorded " + node.recorder.backlog() + ", held " + log.held() + ", ready "
                    + journal.ready().stream().map(copy -> copy.id).toList() + ", waiting "
                    + journal.waiting().stream().map(copy -> copy.id).toList() + ", resting " + resting.all());
        }
        checkNothingIsLost();
        sweep();
        long missing = log.deliveries().stream()
                .filter(delivery -> delivery.row().state() == DeliveryState.HELD)
                .count();
        if (alarm != missing) {
            throw new AssertionError(missing + " deliveries are held without a mail, and the alarm is " + alarm);
        }
        for (AcceptedMessage message : promises.values()) {
            if (!log.knows(message.id())) {
                throw new AssertionError("the trace does not know " + message.id());
            }
            message.recipients().forEach(recipient -> checkTheEnd(new Delivery(message.id(), recipient)));
        }
    }

    private void checkTheEnd(Delivery delivery) {
        DeliveryRow row = log.row(delivery.message(), delivery.recipient()).orElseThrow();
        DeliveryState state = row.state();
        if (state == DeliveryState.HELD && isLost(row)) {
            return;
        }
        if (!state.isFinal()) {
            throw new AssertionError(delivery + " is " + state + " at the end");
        }
        if (cancelled.contains(delivery) && state != DeliveryState.CANCELLED) {
            throw new AssertionError(delivery + " was cancelled, and is " + state);
        }
        boolean failed = state == DeliveryState.BOUNCED || state == DeliveryState.EXPIRED;
        MessageId report = delivery.message().derived("FAILED " + delivery.recipient());
        if (failed && wish != BounceReports.NONE) {
            Optional<DeliveryRow> told = log.row(report, SimulatedNode.SENDER);
            if (told.filter(found -> found.state().isFinal() || isLost(found)).isEmpty()) {
                throw new AssertionError(delivery + " is " + state + ", and its sender was not told: " + told);
            }
        }
        if (wish == BounceReports.NONE && log.knows(report)) {
            throw new AssertionError(delivery + " was reported, and nobody wanted that");
        }
        if (state == DeliveryState.DELIVERED && remote.copies(delivery) == 0) {
            throw new AssertionError(delivery + " is delivered, and nobody has it");
        }
    }
}
