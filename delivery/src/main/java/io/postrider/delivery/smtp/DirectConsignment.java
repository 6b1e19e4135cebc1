package io.postrider.delivery.smtp;

import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.DeliveryEngine.Listener;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.EmailAddress;
import io.postrider.mx.MailHost;
import io.postrider.mx.MxResolution;
import io.postrider.route.EgressPool;
import io.postrider.shaping.ShapingRule;
import io.postrider.shaping.ShapingRules;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A message for recipients of many domains, on its way to their sites. */
final class DirectConsignment {
    private static final Logger LOGGER = LoggerFactory.getLogger(DirectConsignment.class);

    private final Consignment consignment;
    private final Listener listener;
    private final DirectRoute route;
    private final EgressPool sources;
    private final ShapingRules shaping;
    private final Content content;
    private final Exchange exchange;
    private final Instant handedOverAt;

    /**
     * What goes to one site.
     *
     * @param rule the shaping rule of its recipients' domains alone; empty for other domains
     */
    record ToSite(String name, String rule, Destination destination, List<MailTransaction> transactions) {}

    DirectConsignment(
            Consignment consignment,
            Listener listener,
            DirectRoute route,
            EgressPool sources,
            ShapingRules shaping,
            Clock clock) {
        this.consignment = consignment;
        this.listener = listener;
        this.route = route;
        this.sources = sources;
        this.shaping = shaping;
        this.content = new Content(consignment.content());
        this.exchange = new Exchange(clock);
        this.handedOverAt = clock.instant();
    }

    /**
     * Looks all domains up, reports those that mail cannot go to, and hands the rest over by site, as soon as may be. Any thread.
     *
     * @param onSite when it throws, it has taken nothing, and what was for that site is postponed
     */
    void whenResolved(Consumer<ToSite> onSite) {
        Map<String, List<Addressee>> byDomain = new LinkedHashMap<>();
        consignment
                .addressees()
                .forEach(addressee -> byDomain.computeIfAbsent(
                                addressee.recipient().domain(), domain -> new ArrayList<>())
                        .add(addressee));
        Map<String, CompletableFuture<MxResolution>> lookups = new LinkedHashMap<>();
        byDomain.keySet()
                .forEach(domain -> lookups.put(
                        domain,
                        route.resolver()
                                .resolve(domain)
                                .exceptionally(e -> {
                                    LOGGER.error(
                                            "{}: the mail servers of {} were not looked up",
                                            consignment.id(),
                                            domain,
                                            e);
                                    return new MxResolution.Unknown(
                                            "the mail servers of " + domain + " were not looked up: " + e);
                                })
                                .toCompletableFuture()));
        CompletableFuture.allOf(lookups.values().toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, route.settings().gatherTime().toMillis(), TimeUnit.MILLISECONDS)
                .thenRun(() -> handOver(byDomain, lookups, onSite))
                .exceptionally(this::failed);
    }

    /** What is resolved goes together, by site; each of the rest when it is resolved, so that no dead domain holds others back. */
    private void handOver(
            Map<String, List<Addressee>> byDomain,
            Map<String, CompletableFuture<MxResolution>> lookups,
            Consumer<ToSite> onSite) {
        Map<String, MxResolution> resolved = new LinkedHashMap<>();
        lookups.forEach((domain, lookup) -> {
            if (lookup.isDone()) {
                resolved.put(domain, lookup.join());
            } else {
                lookup.thenAccept(resolution -> handOver(bySite(byDomain, Map.of(domain, resolution)), onSite))
                        .exceptionally(this::failed);
            }
        });
        handOver(bySite(byDomain, resolved), onSite);
    }

    /** One that cannot be handed over holds no other back. */
    private void handOver(List<ToSite> sites, Consumer<ToSite> onSite) {
        for (ToSite site : sites) {
            try {
                onSite.accept(site);
            } catch (RuntimeException e) {
                LOGGER.error("{}: {} was not handed over", consignment.id(), site.name(), e);
                site.transactions()
                        .forEach(transaction -> transaction.postponeAll(site.name() + " was not handed over: " + e));
            }
        }
    }

    private @Nullable Void failed(Throwable cause) {
        LOGGER.error("{}: recipients could not be handed over", consignment.id(), cause);
        return null;
    }

    private List<ToSite> bySite(Map<String, List<Addressee>> byDomain, Map<String, MxResolution> resolved) {
        Map<Group, MxResolution.Hosts> hosts = new LinkedHashMap<>();
        Map<Group, List<Addressee>> bySite = new LinkedHashMap<>();
        resolved.forEach((domain, resolution) -> {
            List<Addressee> addressees = byDomain.getOrDefault(domain, List.of());
            if (resolution instanceof MxResolution.Hosts found) {
                Group group = new Group(found.site(), shaping.forDomain(domain));
                hosts.putIfAbsent(group, found);
                bySite.computeIfAbsent(group, any -> new ArrayList<>()).addAll(addressees);
            } else if (resolution instanceof MxResolution.Undeliverable never) {
                report(addressees, new DeliveryOutcome.Undeliverable(never.status(), never.reason()));
            } else if (resolution instanceof MxResolution.Unknown unknown) {
                report(addressees, Outcomes.routeFault("4.4.3 " + unknown.reason(), Optional.empty()));
            }
        });
        return bySite.entrySet().stream()
                .map(entry -> toSite(entry.getKey(), hosts.get(entry.getKey()), entry.getValue()))
                .toList();
    }

    private ToSite toSite(Group group, MxResolution.Hosts found, List<Addressee> addressees) {
        Optional<ShapingRule> rule = group.ownRule()
                .or(() -> shaping.forSite(
                        found.hosts().stream().map(MailHost::name).toList()));
        Destination destination =
                new Destination(route.endpoint(found.site(), rule), found.hosts(), sources, found.remarks(), rule);
        return new ToSite(
                found.site(),
                group.ownRule().map(ShapingRule::toString).orElse(""),
                destination,
                transactions(addressees, route.maxRecipients(rule)));
    }

    /** Recipients of a site, those apart whose domains have a rule of their own. */
    private record Group(String site, Optional<ShapingRule> ownRule) {}

    private void report(List<Addressee> addressees, DeliveryOutcome outcome) {
        transactions(addressees, route.maxRecipients(Optional.empty()))
                .forEach(transaction -> transaction.reportAll(outcome, exchange));
    }

    /** One for each return path, and no more recipients than may be. */
    private List<MailTransaction> transactions(List<Addressee> addressees, int most) {
        Map<Optional<EmailAddress>, List<MailTransaction.Slot>> byReturnPath = new LinkedHashMap<>();
        addressees.forEach(addressee -> byReturnPath
                .computeIfAbsent(addressee.returnPath(), key -> new ArrayList<>())
                .add(new MailTransaction.Slot(addressee.recipient(), addressee.reports())));
        List<MailTransaction> transactions = new ArrayList<>();
        byReturnPath.forEach((returnPath, slots) -> {
            for (int from = 0; from < slots.size(); from += most) {
                transactions.add(new MailTransaction(
                        consignment.id(),
                        consignment.tenant(),
                        consignment.hop(),
                        returnPath,
                        consignment.reports(),
                        handedOverAt,
                        slots.subList(from, Math.min(slots.size(), from + most)),
                        content,
                        listener,
                        consignment.urgent()));
            }
        });
        return transactions;
    }
}
