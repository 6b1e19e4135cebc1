package io.postrider.dispatch;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.DeliveryOutcome.Bounced;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.delivery.DeliveryOutcome.Delivered;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.delivery.DeliveryOutcome.Undeliverable;
import io.postrider.delivery.Lane;
import io.postrider.dispatch.Dispatcher.HandOver;
import io.postrider.dispatch.Dispatcher.Leg;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.route.Hop;
import io.postrider.trace.Change.Step;
import io.postrider.trace.DeliveryState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/** Hands recipients over to delivery, hop by hop, and has done what each attempt leads to. */
final class Attempts {
    private static final EnhancedStatusCode TAKEN = new EnhancedStatusCode(2, 0, 0);
    private static final EnhancedStatusCode REFUSED = new EnhancedStatusCode(5, 0, 0);

    private final Clock clock;
    private final Executor executor;
    private final DeliveryEngine engine;
    private final Backlogs backlogs;
    private final Departures departures;
    private final Outcomes outcomes;
    private final Deferrals deferrals;

    Attempts(
            Clock clock,
            Executor executor,
            DeliveryEngine engine,
            Backlogs backlogs,
            Departures departures,
            Outcomes outcomes,
            Deferrals deferrals) {
        this.clock = clock;
        this.executor = executor;
        this.engine = engine;
        this.backlogs = backlogs;
        this.departures = departures;
        this.outcomes = outcomes;
        this.deferrals = deferrals;
    }

    /** Hands recipients of an entry over to delivery; those that are not in the pipeline any more are left alone. */
    void handOver(Receipt receipt, HandOver handOver) {
        Set<EmailAddress> taken = Set.copyOf(receipt.toDelivery(recipientsOf(handOver)));
        Map<Optional<String>, List<Addressee>> byPin = new HashMap<>();
        for (Addressee addressee : handOver.addressees()) {
            if (taken.contains(addressee.recipient())) {
                byPin.computeIfAbsent(receipt.pinnedTo(addressee.recipient()), any -> new ArrayList<>(1))
                        .add(addressee);
            }
        }
        byPin.forEach((pin, addressees) ->
                attempt(receipt, handOver.with(legsFor(pin, handOver.via()), addressees), 0));
    }

    private static List<EmailAddress> recipientsOf(HandOver handOver) {
        List<EmailAddress> recipients = new ArrayList<>(handOver.addressees().size());
        handOver.addressees().forEach(addressee -> recipients.add(addressee.recipient()));
        return recipients;
    }

    /** What may have been delivered by one hop never goes to another, also when the route does not name that hop any more. */
    private static List<Leg> legsFor(Optional<String> pin, List<Leg> via) {
        if (pin.isEmpty()) {
            return via;
        }
        return List.of(via.stream()
                .filter(leg -> leg.hop().toString().equals(pin.get()))
                .findFirst()
                .orElseGet(() -> new Leg(Hop.parse(pin.get()), via.get(0).content())));
    }

    private void attempt(Receipt receipt, HandOver handOver, int hop) {
        Leg leg = handOver.via().get(hop);
        receipt.isAttempted(recipientsOf(handOver), leg.hop().toString());
        Consignment consignment = new Consignment(
                receipt.message().value(),
                leg.hop(),
                handOver.addressees(),
                leg.content(),
                handOver.reports(),
                receipt.isUrgent(),
                receipt.original().accepted(List.of()).tenant());
        Instant handedOverAt = clock.instant();
        engine.deliver(consignment, new DeliveryEngine.Listener() {
            @Override
            public void attempted(EmailAddress recipient, Attempt attempt) {
                tellBacklogs(receipt, attempt, Duration.between(handedOverAt, attempt.at()));
                onAttempt(receipt, handOver, hop, recipient, attempt);
            }

            @Override
            public boolean mayWait(Lane lane, DeliveryEngine.Load load) {
                return receipt.isUrgent() || receipt.backlog().isPresent() || backlogs.mayWait(lane, load);
            }

            @Override
            public boolean mayStay(Lane lane, DeliveryEngine.Load load) {
                return receipt.isUrgent() || receipt.backlog().isPresent() || backlogs.mayStay(load);
            }

            @Override
            public void noRoom(EmailAddress recipient, Lane lane, String reason) {
                receipt.backlog().filter(id -> id.lane().equals(lane)).ifPresent(id -> backlogs.full(id, reason));
                if (!deferrals.rest(receipt, recipient, lane, reason)) {
                    deferrals.postpone(receipt, recipient, reason);
                }
            }

            @Override
            public void closed(EmailAddress recipient, Lane lane, Instant until, Attempt instead) {
                String reason = ((Deferred) instead.outcome()).reason();
                backlogs.closed(lane, until, reason);
                boolean anotherHop = hop + 1 < handOver.via().size();
                if (anotherHop || !deferrals.rest(receipt, recipient, lane, reason)) {
                    onAttempt(receipt, handOver, hop, recipient, instead);
                }
            }

            @Override
            public void postponed(EmailAddress recipient, String reason) {
                deferrals.postpone(receipt, recipient, reason);
            }

            @Override
            public void toBeEncoded(EmailAddress recipient, String reason) {
                deferrals.comeBackSoon(receipt, recipient, reason);
            }
        });
    }

    /** An attempt says whether more of those that rest may come. */
    private void tellBacklogs(Receipt receipt, Attempt attempt, Duration waited) {
        boolean handedOver = !(attempt.outcome() instanceof Deferred deferred && deferred.fault() == Fault.ROUTE);
        Optional<BacklogId> from = receipt.backlog();
        if (handedOver) {
            backlogs.answered(attempt.route(), attempt.site());
            from.ifPresent(id -> backlogs.wentWell(id, waited));
        } else {
            from.ifPresent(id -> backlogs.failed(id, ((Deferred) attempt.outcome()).reason()));
        }
    }

    private void onAttempt(Receipt receipt, HandOver handOver, int hop, EmailAddress recipient, Attempt attempt) {
        int number = receipt.countAttempt(recipient);
        DeliveryOutcome outcome = attempt.outcome();
        if (outcome instanceof Delivered delivered) {
            outcomes.finish(
                    receipt,
                    recipient,
                    DeliveryState.DELIVERED,
                    number,
                    Optional.of(attempt),
                    Outcomes.statusOf(delivered.reply(), TAKEN),
                    attempt.mx() + " took it: " + delivered.reply());
        } else if (outcome instanceof Bounced bounced) {
            outcomes.finish(
                    receipt,
                    recipient,
                    DeliveryState.BOUNCED,
                    number,
                    Optional.of(attempt),
                    Outcomes.statusOf(bounced.reply(), REFUSED),
                    attempt.mx() + " refused it: " + bounced.reply());
        } else if (outcome instanceof Undeliverable undeliverable) {
            outcomes.finish(
                    receipt,
                    recipient,
                    DeliveryState.BOUNCED,
                    number,
                    Optional.of(attempt),
                    undeliverable.status(),
                    undeliverable.status() + " " + undeliverable.reason());
        } else if (outcome instanceof Deferred deferred) {
            boolean anotherHop =
                    deferred.fault() == Fault.ROUTE && hop + 1 < handOver.via().size();
            if (anotherHop) {
                failOver(receipt, handOver, hop, recipient, number, attempt, deferred);
            } else {
                deferrals.deferOrExpire(
                        receipt, recipient, number, handOver.via().size(), attempt, deferred);
            }
        }
    }

    private void failOver(
            Receipt receipt,
            HandOver handOver,
            int hop,
            EmailAddress recipient,
            int number,
            Attempt attempt,
            Deferred deferred) {
        Hop next = handOver.via().get(hop + 1).hop();
        Instant now = clock.instant();
        receipt.ownershipIsRecorded();
        departures.record(
                List.of(new Step(
                        receipt.message(),
                        recipient,
                        DeliveryState.DEFERRED,
                        number,
                        Optional.of(attempt),
                        Optional.of(now),
                        Optional.of(receipt.entry()),
                        deferred.reason() + "; going on by " + next + " at once",
                        now)),
                () -> {});
        List<Addressee> addressee = handOver.addressees().stream()
                .filter(candidate -> candidate.recipient().equals(recipient))
                .toList();
        // Off the threads of the engine, as to find the next hop may ask a store.
        executor.execute(() -> attempt(receipt, handOver.with(handOver.via(), addressee), hop + 1));
    }
}
