package io.postrider.dispatch.simulation;

import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.dispatch.Dispatcher.HandOver;
import io.postrider.dispatch.Dispatcher.Leg;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.route.Hop;
import io.postrider.trace.EntryId;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** What mailets do to one mail, the sane and the insane. */
final class SimulatedPipeline {
    static final List<Hop> HOPS = List.of(new Hop.ViaRelay("a"), new Hop.ViaRelay("b"), new Hop.Simulator());
    private static final EmailAddress STRANGER = EmailAddress.parse("stranger@example.net");

    private final SimulatedNode node;
    private final SimulatedWorld world;
    private final EntryId entry;
    private final SimulatedMail mail;
    private final Agenda.Actor thread = new Agenda.Actor();
    private final Deque<Runnable> steps = new ArrayDeque<>();

    SimulatedPipeline(SimulatedNode node, EntryId entry, SimulatedMail mail, List<EmailAddress> recipients) {
        this.node = node;
        this.world = node.world;
        this.entry = entry;
        this.mail = mail;
        plan(recipients);
    }

    private void plan(List<EmailAddress> recipients) {
        steps.add(() -> node.dispatcher.keepForRetry(entry, mail.asKept()));
        if (!isOdd()) {
            steps.add(() -> handOver(recipients));
            return;
        }
        for (List<EmailAddress> part : parts(recipients)) {
            steps.add(step(part));
        }
        if (world.chance(0.2)) {
            steps.add(() -> {
                throw new IllegalStateException("a mailet failed");
            });
        }
    }

    private boolean isOdd() {
        return world.chance(world.faults().pipeline());
    }

    private List<List<EmailAddress>> parts(List<EmailAddress> recipients) {
        List<List<EmailAddress>> parts = new ArrayList<>();
        for (EmailAddress recipient : recipients) {
            if (parts.isEmpty() || world.random.nextBoolean()) {
                parts.add(new ArrayList<>());
            }
            parts.get(world.random.nextInt(parts.size())).add(recipient);
        }
        return parts;
    }

    private Runnable step(List<EmailAddress> part) {
        return switch (world.random.nextInt(12)) {
            case 0 ->
                () -> node.dispatcher.bounce(
                        entry, mail.message(), part, EnhancedStatusCode.parse("5.7.1"), "refused by the pipeline");
            case 1 -> () -> node.dispatcher.hold(entry, part, "put aside by the pipeline");
            case 2 -> () -> requeue(part, Optional.empty());
            case 3 -> () -> requeue(part, Optional.of(world.agenda.instant().plusMillis(world.random.nextInt(9000))));
            case 4 -> () -> world.trace(() -> "the pipeline forgets " + part);
            case 5 -> () -> node.dispatcher.postpone(entry, "a store is silent");
            case 6 ->
                () -> {
                    handOver(part);
                    handOver(part);
                };
            default -> () -> handOver(part);
        };
    }

    private void requeue(List<EmailAddress> part, Optional<Instant> due) {
        node.dispatcher.requeue(entry, part, mail, due);
    }

    private void handOver(List<EmailAddress> part) {
        int first = world.random.nextInt(HOPS.size());
        List<Leg> legs = new ArrayList<>();
        for (int i = 0; i <= world.random.nextInt(HOPS.size()); i++) {
            legs.add(leg(HOPS.get((first + i) % HOPS.size())));
        }
        // All ways are named, so that the one that a delivery is bound to is always among them.
        HOPS.stream()
                .map(SimulatedPipeline::leg)
                .filter(leg -> !legs.contains(leg))
                .forEach(legs::add);
        List<Addressee> addressees = new ArrayList<>();
        part.forEach(recipient -> addressees.add(new Addressee(recipient, Optional.empty())));
        if (isOdd()) {
            addressees.add(new Addressee(STRANGER, Optional.empty()));
        }
        node.dispatcher.handOver(entry, new HandOver(legs, addressees, EnvelopeRequest.NONE));
    }

    private static Leg leg(Hop hop) {
        return new Leg(hop, List.of(ByteBuffer.allocate(0)));
    }

    void start() {
        node.after(pause(), thread, this::next);
    }

    private int pause() {
        return world.random.nextInt(world.chance(0.1) ? 3000 : 10);
    }

    private void next() {
        if (world.chance(world.faults().hang())) {
            world.trace(() -> "the pipeline hangs for " + entry);
            return;
        }
        if (steps.isEmpty()) {
            world.trace(() -> "end of the pipeline for " + entry);
            node.dispatcher.endOfPipeline(entry, "forgotten by the pipeline");
            return;
        }
        try {
            steps.removeFirst().run();
        } catch (RuntimeException e) {
            world.trace(() -> "the pipeline fails for " + entry + ": " + e.getMessage());
            steps.clear();
        }
        node.after(pause(), thread, this::next);
    }
}
