package io.postrider.dispatch.simulation;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.DeliveryOutcome.Bounced;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.delivery.DeliveryOutcome.Delivered;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.delivery.Lane;
import io.postrider.dispatch.simulation.RemoteServers.Accepted;
import io.postrider.dispatch.simulation.RemoteServers.Delivery;
import io.postrider.mail.MessageId;
import io.postrider.mail.SmtpReply;
import io.postrider.trace.DeliveryRow;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Delivery that answers late, in any order, with anything. Watches that nothing is attempted that must not be. */
final class SimulatedEngine implements DeliveryEngine {
    private static final int MAX_MILLIS = 3000;

    private final SimulatedNode node;
    private final Set<Delivery> underWay = new HashSet<>();

    SimulatedEngine(SimulatedNode node) {
        this.node = node;
    }

    @Override
    public void deliver(Consignment consignment, Listener listener) {
        for (Addressee addressee : consignment.addressees()) {
            Delivery delivery = new Delivery(new MessageId(consignment.id()), addressee.recipient());
            mayBeAttempted(delivery, consignment.hop().toString());
            if (!underWay.add(delivery)) {
                throw new AssertionError(delivery + " is attempted twice at the same time");
            }
            new Try(delivery, consignment, listener).begin();
        }
    }

    private void mayBeAttempted(Delivery delivery, String hop) {
        Optional<DeliveryRow> row = node.world.log.row(delivery.message(), delivery.recipient());
        if (row.isPresent() && row.get().state().isFinal()) {
            throw new AssertionError("an attempt after the outcome: " + row.get());
        }
        Optional<String> pin = row.flatMap(DeliveryRow::pinnedTo);
        if (pin.isPresent() && !pin.get().equals(hop)) {
            throw new AssertionError(delivery + " may have been delivered by " + pin.get() + " and goes to " + hop);
        }
    }

    private final class Try {
        private final Delivery delivery;
        private final String hop;
        private final Lane lane;
        private final boolean urgent;
        private final Listener listener;
        private final SimulatedWorld world = node.world;
        private final double luck = world.random.nextDouble();

        Try(Delivery delivery, Consignment consignment, Listener listener) {
            this.delivery = delivery;
            this.hop = consignment.hop().toString();
            this.lane = new Lane(consignment.hop(), "");
            this.urgent = consignment.urgent();
            this.listener = listener;
        }

        void begin() {
            if (world.chance(world.faults().hang())) {
                world.trace(() -> "hangs: " + delivery + " by " + hop);
                underWay.remove(delivery);
                if (world.random.nextBoolean()) {
                    accept(false);
                }
                return;
            }
            node.after(duration(), new Agenda.Actor(), this::talk);
        }

        private int duration() {
            return world.random.nextInt(world.random.nextBoolean() ? 20 : MAX_MILLIS);
        }

        private void talk() {
            double remote = world.faults().remote();
            Optional<Instant> dead = world.deadUntil(lane.hop());
            if (dead.isPresent() && !urgent) {
                isClosed(dead.get());
            } else if (dead.isPresent()) {
                answer(new Deferred(Optional.empty(), "no answer", Fault.ROUTE));
            } else if (luck >= remote) {
                accept(true);
                answer(new Delivered(new SmtpReply(250, "2.0.0 ok")));
            } else if (luck < remote * 0.25) {
                answer(new Deferred(Optional.of(new SmtpReply(450, "4.2.0 later")), "the peer said 450", Fault.REPLY));
            } else if (luck < remote * 0.45) {
                answer(new Deferred(Optional.empty(), "no connection", Fault.ROUTE));
            } else if (luck < remote * 0.65) {
                if (world.random.nextBoolean()) {
                    accept(false);
                }
                answer(new Deferred(Optional.empty(), "no reply", Fault.UNKNOWN_OUTCOME));
            } else if (luck < remote * 0.8) {
                node.after(duration(), new Agenda.Actor(), () -> {
                    underWay.remove(delivery);
                    Load load = new Load(world.random.nextInt(5), 100, Duration.ofSeconds(world.random.nextInt(3)));
                    if (world.random.nextBoolean()) {
                        world.trace(() -> "postponed: " + delivery);
                        listener.postponed(delivery.recipient(), "stopping");
                    } else if (world.random.nextBoolean() || !listener.mayWait(lane, load)) {
                        world.trace(() -> "no room: " + delivery);
                        listener.noRoom(delivery.recipient(), lane, "busy");
                    } else {
                        answer(new Deferred(Optional.empty(), "no connection", Fault.ROUTE));
                    }
                });
            } else {
                answer(new Bounced(new SmtpReply(550, "5.1.1 no such user")));
            }
        }

        private void isClosed(Instant dead) {
            Instant until = world.agenda.instant().plusMillis(world.random.nextInt(5000));
            Deferred outcome = new Deferred(Optional.empty(), "nobody answers", Fault.ROUTE);
            Attempt instead = new Attempt(world.agenda.instant(), hop, "", "mx", "", outcome, Duration.ZERO, List.of());
            node.after(duration(), new Agenda.Actor(), () -> {
                underWay.remove(delivery);
                world.trace(() -> "closed: " + delivery);
                listener.closed(delivery.recipient(), lane, until.isBefore(dead) ? until : dead, instead);
            });
        }

        private void accept(boolean told) {
            mayBeAttempted(delivery, hop);
            world.trace(() -> "the remote accepts " + delivery);
            world.remote.accept(delivery, new Accepted(hop, node.number, told));
        }

        private void answer(DeliveryOutcome outcome) {
            Attempt attempt =
                    new Attempt(world.agenda.instant(), hop, "", "mx", "", outcome, Duration.ofMillis(1), List.of());
            node.after(duration(), new Agenda.Actor(), () -> {
                underWay.remove(delivery);
                world.trace(() -> delivery + " by " + hop + ": " + outcome);
                listener.attempted(delivery.recipient(), attempt);
            });
        }
    }
}
