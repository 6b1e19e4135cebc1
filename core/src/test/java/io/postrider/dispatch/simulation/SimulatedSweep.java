package io.postrider.dispatch.simulation;

import io.postrider.dispatch.EntryQueue;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.QueueSurvey;
import io.postrider.dispatch.Sweeper;
import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMail;
import io.postrider.trace.MessageLog;
import io.postrider.trace.MessageQuery;
import io.postrider.trace.MessageSummary;
import io.postrider.trace.MessageTrace;
import io.postrider.trace.OpenDeliveries;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The thread that sweeps, and what it sees of journal and log. */
final class SimulatedSweep implements QueueSurvey, OpenDeliveries {
    /** Longer than any attempt of the simulation lasts, those excepted that hang for ever. */
    private static final Duration MAX_WORK_TIME = Duration.ofSeconds(90);

    private static final Set<DeliveryState> GOING_ON =
            Set.of(DeliveryState.QUEUED, DeliveryState.SCHEDULED, DeliveryState.DEFERRED);
    private static final Comparator<Overdue> LATEST_LAST = Comparator.comparing(
                    (Overdue overdue) -> overdue.row().nextAttemptAt().orElse(Instant.EPOCH))
            .thenComparing(overdue -> overdue.message().value())
            .thenComparing(overdue -> overdue.recipient().toString());

    private final SimulatedNode node;
    private final SimulatedWorld world;
    private final Sweeper sweeper;

    SimulatedSweep(SimulatedNode node, EntryQueue queue, MessageLog log) {
        this.node = node;
        this.world = node.world;
        this.sweeper = new Sweeper(
                world.agenda,
                node.dispatcher,
                node.operations,
                queue,
                this,
                new WithoutAdmin(log),
                node.heldMails,
                this,
                new Sweeper.Limits(
                        Duration.ofMillis(world.random.nextInt(4) * 500L), MAX_WORK_TIME, 1 + world.random.nextInt(5)));
    }

    /** Sweeps once, if the store answers. */
    Optional<Sweeper.Report> run() {
        try {
            Sweeper.Report report = sweeper.run();
            world.trace(() -> "sweep: " + report);
            return Optional.of(report);
        } catch (StoreUnavailableException | QueueUnavailableException e) {
            world.trace(() -> "a sweep ends early: " + e.getMessage());
            return Optional.empty();
        }
    }

    /** Reads entry by entry; what is written meanwhile comes behind. */
    @Override
    public Set<EntryId> present(Collection<EntryId> entries) {
        Set<EntryId> present = new HashSet<>();
        Set<Journal.Copy> read = new HashSet<>();
        Optional<Journal.Copy> next = nextOf(read);
        while (next.isPresent()) {
            read.add(next.get());
            if (entries.contains(next.get().id)) {
                present.add(next.get().id);
            }
            takesTime();
            node.mayBeInterrupted();
            next = nextOf(read);
        }
        takesTime();
        return present;
    }

    /** A look over a large spool takes seconds, and so may a store. */
    private void takesTime() {
        if (world.random.nextInt(4) == 0) {
            world.agenda.othersGoOn(world.random.nextInt(2000));
        }
    }

    private Optional<Journal.Copy> nextOf(Set<Journal.Copy> read) {
        return world.journal.ready().stream()
                .filter(copy -> !read.contains(copy))
                .findFirst();
    }

    @Override
    public List<Overdue> overdue(Instant before, Optional<Overdue> after, int limit) {
        List<Overdue> late = node.ask(
                "overdue",
                () -> world.log.deliveries().stream()
                        .filter(overdue -> GOING_ON.contains(overdue.row().state()))
                        .filter(overdue -> overdue.row()
                                .nextAttemptAt()
                                .orElse(Instant.EPOCH)
                                .isBefore(before))
                        .sorted(LATEST_LAST)
                        .filter(overdue -> after.isEmpty() || LATEST_LAST.compare(overdue, after.get()) > 0)
                        .limit(limit)
                        .toList());
        takesTime();
        return late;
    }

    @Override
    public List<Orphan> orphans(Instant before, int limit) {
        return node.ask(
                "orphans",
                () -> world.log.held().stream()
                        .filter(mail -> mail.at().isBefore(before))
                        .filter(mail -> world.log.rows(mail.message()).stream()
                                .noneMatch(row -> row.owner().equals(Optional.of(mail.key()))))
                        .limit(limit)
                        .map(mail -> new Orphan(mail.key(), mail.message(), isKnown(mail)))
                        .toList());
    }

    private boolean isKnown(HeldMail mail) {
        return !world.log.rows(mail.message()).isEmpty();
    }

    @Override
    public long heldWithoutMail() {
        return node.ask(
                "heldWithoutMail",
                () -> world.log.deliveries().stream()
                        .filter(delivery -> delivery.row().state() == DeliveryState.HELD)
                        .filter(delivery ->
                                delivery.row().owner().flatMap(world.log::held).isEmpty())
                        .count());
    }

    /**
     * The log as the sweeper uses it: while a message is suspended. One real thread plays both, so that the lock which keeps an admin out then does not.
     */
    private final class WithoutAdmin implements MessageLog {
        private final MessageLog log;

        WithoutAdmin(MessageLog log) {
            this.log = log;
        }

        @Override
        public void append(List<Change> changes) {
            changes.forEach(change -> {
                if (change instanceof Change.Step step) {
                    world.mayBeHeldAsLost(step.owner().orElseThrow());
                }
            });
            world.admin.occupied(() -> log.append(changes));
        }

        @Override
        public Map<MessageId, List<DeliveryRow>> deliveries(Collection<MessageId> messages) {
            return world.admin.occupied(() -> {
                takesTime();
                Map<MessageId, List<DeliveryRow>> found = log.deliveries(messages);
                takesTime();
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
}
