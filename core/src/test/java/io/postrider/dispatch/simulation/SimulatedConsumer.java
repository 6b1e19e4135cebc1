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
import java.util.Optional;
import java.util.Set;

/** The thread that takes entries from the journal, as the queue's own does. */
final class SimulatedConsumer {
    private static final int PATIENCE_MILLIS = 250;

    private final SimulatedNode node;
    private final Agenda.Actor thread = new Agenda.Actor();
    private final Set<Journal.Copy> taken = new HashSet<>();
    private final Deque<Journal.Copy> givenBack = new ArrayDeque<>();
    private boolean awake;

    SimulatedConsumer(SimulatedNode node) {
        this.node = node;
    }

    void wake() {
        wake(node.world.random.nextInt(5));
    }

    private void wake(int millis) {
        if (!awake) {
            awake = true;
            node.after(millis, thread, this::step);
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
            wake(take(next.get()) ? 0 : PATIENCE_MILLIS);
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

    /** Returns whether the next one may be taken at once. */
    private boolean take(Journal.Copy copy) {
        SimulatedMail mail = SimulatedMail.decode(copy.mail);
        EntryHead head =
                new EntryHead(copy.id, copy.message, copy.writtenAt, true, copy.mail.length, mail.recipients());
        try {
            Admission admission = node.dispatcher.admit(head, mail, () -> acknowledge(copy));
            node.world.trace(() -> "entry " + copy.id + ": " + admission);
            if (admission instanceof Admission.Later) {
                node.after(PATIENCE_MILLIS, new Agenda.Actor(), () -> {
                    givenBack.addLast(copy);
                    wake(0);
                });
            }
            if (admission instanceof Admission.Work work) {
                node.world.worksOn(copy.message);
                new SimulatedPipeline(node, copy.id, mail, work.recipients()).start();
            }
            return true;
        } catch (StoreUnavailableException e) {
            givenBack.addLast(copy);
            return false;
        }
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
