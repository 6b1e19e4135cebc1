package io.postrider.dispatch.simulation;

import io.postrider.dispatch.BacklogStore;
import io.postrider.dispatch.Backlogs;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.dispatch.EntryHead;
import io.postrider.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The threads that take entries from the journal, as the queue's own do: one reads, and while it works on what it has read, the next one reads on. */
final class SimulatedConsumer {
    private static final int PATIENCE_MILLIS = 250;

    private final SimulatedNode node;
    private final List<Agenda.Actor> threads;
    private final Set<Journal.Copy> taken = new HashSet<>();
    private final Deque<Journal.Copy> givenBack = new ArrayDeque<>();
    private boolean awake;

    SimulatedConsumer(SimulatedNode node) {
        this.node = node;
        this.threads = Stream.generate(Agenda.Actor::new)
                .limit(1 + node.world.random.nextInt(3))
                .toList();
    }

    void wake() {
        wake(node.world.random.nextInt(5));
    }

    private void wake(int millis) {
        if (!awake) {
            awake = true;
            node.after(millis, threads.get(node.world.random.nextInt(threads.size())), this::step);
        }
    }

    private void step() {
        awake = false;
        if (!hasRoom()) {
            node.world.isFull();
            wake(PATIENCE_MILLIS);
            return;
        }
        // What was given back comes first, but not more often than everything else.
        Optional<Journal.Copy> next = Optional.ofNullable(givenBack.pollFirst()).or(this::receive);
        if (next.isPresent()) {
            wake(0);
            take(next.get());
        }
    }

    private boolean hasRoom() {
        try {
            return node.dispatcher.awaitRoom(Duration.ZERO);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Optional<Journal.Copy> receive() {
        return node.world.journal.ready().stream().filter(taken::add).findFirst();
    }

    private void take(Journal.Copy copy) {
        SimulatedMail mail = SimulatedMail.decode(copy.mail);
        EntryHead head =
                new EntryHead(copy.id, copy.message, copy.writtenAt, true, copy.mail.length, mail.recipients());
        try {
            Admission admission = node.dispatcher.admit(head, mail, () -> acknowledge(copy));
            node.world.trace(() -> "entry " + copy.id + ": " + admission);
            if (admission instanceof Admission.Later) {
                giveBack(copy);
            }
            if (admission instanceof Admission.Work work) {
                node.world.worksOn(copy.message);
                new SimulatedPipeline(node, copy.id, mail, work.recipients()).start();
            }
        } catch (StoreUnavailableException e) {
            giveBack(copy);
        }
    }

    private void giveBack(Journal.Copy copy) {
        node.after(PATIENCE_MILLIS, new Agenda.Actor(), () -> {
            givenBack.addLast(copy);
            wake(0);
        });
    }

    /** What the thread of the backlogs does. */
    void takeFromBacklogs() {
        if (!hasRoom()) {
            node.world.isFull();
            return;
        }
        node.backlogs.take().ifPresent(this::take);
    }

    private void take(Backlogs.Taken taken) {
        BacklogStore.Resting entry = taken.entry();
        SimulatedMail mail = SimulatedMail.decode(entry.mail());
        EntryHead head = new EntryHead(
                entry.id(), entry.message(), entry.writtenAt(), false, entry.mail().length, mail.recipients());
        try {
            Admission admission = node.dispatcher.admit(head, mail, taken);
            node.world.trace(() -> "resting entry " + entry.id() + ": " + admission);
            if (admission instanceof Admission.Later) {
                taken.putBackForAMoment();
            }
            if (admission instanceof Admission.Work work) {
                node.world.worksOn(entry.message());
                new SimulatedPipeline(node, entry.id(), mail, work.recipients()).start();
            }
        } catch (StoreUnavailableException e) {
            taken.putBackForAMoment();
        }
    }

    private void acknowledge(Journal.Copy copy) {
        if (!node.isAlive()) {
            throw new Crash();
        }
        node.world.trace(() -> "acknowledged: " + copy.id);
        node.world.mustOwnNothing(copy);
        // It may be lost, if the process dies before it is on disk.
        node.after(node.world.random.nextInt(100), new Agenda.Actor(), () -> node.world.journal.acknowledge(copy));
    }
}
