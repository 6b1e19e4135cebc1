package io.postrider.delivery.smtp;

import io.postrider.route.EgressPool;
import io.postrider.route.EgressPool.Source;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is left to be tried of a site for the sake of one transaction: its addresses, host by host, and the sources to try them from. Lives on one event loop. */
final class Itinerary {
    /** One address of a host. */
    record Stop(String host, InetAddress address) {}

    /**
     * A try to come.
     *
     * @param source none for the one that the system chooses
     */
    record Leg(Stop stop, Optional<Source> source) {}

    private final EgressPool pool;
    private final int port;
    private final SilentAddresses silent;
    private final RandomGenerator random;
    private final boolean urgent;
    private final Deque<Stop> left = new ArrayDeque<>();
    private final Set<Source> unusable = new HashSet<>();
    private final Set<SilentAddresses.Path> skippedAsSilent = new LinkedHashSet<>();
    private final Set<InetAddress> skippedForWantOfASource = new LinkedHashSet<>();

    /** @param urgent whether addresses are tried that did not answer a short while ago */
    Itinerary(Destination destination, SilentAddresses silent, RandomGenerator random, boolean urgent) {
        this.pool = destination.sources();
        this.port = destination.endpoint().port();
        this.silent = silent;
        this.random = random;
        this.urgent = urgent;
        destination
                .hosts()
                .forEach(host -> host.addresses().forEach(address -> left.add(new Stop(host.name(), address))));
    }

    /** The next host with all its addresses that can be tried now; none when there is no such host. */
    List<Leg> next() {
        List<Leg> legs = new ArrayList<>();
        while (!left.isEmpty()
                && (legs.isEmpty()
                        || left.element().host().equals(legs.get(0).stop().host()))) {
            Stop stop = left.remove();
            List<Optional<Source>> sources = sourcesFor(stop.address());
            List<Leg> open = sources.stream()
                    .map(source -> new Leg(stop, source))
                    .filter(leg -> urgent || silent.isOpen(path(leg)))
                    .toList();
            if (sources.isEmpty()) {
                skippedForWantOfASource.add(stop.address());
            } else if (open.isEmpty()) {
                sources.forEach(source -> skippedAsSilent.add(path(new Leg(stop, source))));
            } else {
                Leg leg = drawnFrom(open);
                if (silent.mayTry(path(leg)) || urgent) {
                    legs.add(leg);
                } else {
                    skippedAsSilent.add(path(leg)); // another has just begun to
                }
            }
        }
        return legs;
    }

    /** These have not been tried to the end, and come next. */
    void putBack(List<Leg> legs) {
        for (int i = legs.size() - 1; i >= 0; i--) {
            silent.notTried(path(legs.get(i)));
            left.addFirst(legs.get(i).stop());
        }
    }

    /** These have not been tried, and are not to be, for this transaction. */
    void giveUp(List<Leg> legs) {
        legs.forEach(leg -> silent.notTried(path(leg)));
    }

    void answered(Leg leg) {
        silent.answered(path(leg));
    }

    void didNotAnswer(Leg leg) {
        silent.silent(path(leg));
    }

    /** This address is none of ours at present: the stop is for another. */
    void unusable(Leg leg) {
        leg.source().ifPresent(unusable::add);
        silent.notTried(path(leg));
        left.addFirst(leg.stop());
    }

    /** When the first address can be tried again, where all that is wrong is that they did not answer. */
    Optional<Instant> closedUntil() {
        return skippedForWantOfASource.isEmpty() ? silent.nextTry(skippedAsSilent) : Optional.empty();
    }

    /** Why there is nothing left. */
    String whyOver() {
        List<String> reasons = new ArrayList<>();
        if (!skippedAsSilent.isEmpty()) {
            reasons.add(text(skippedAsSilent.stream()
                            .map(SilentAddresses.Path::address)
                            .distinct()) + " did not answer a short while ago"
                    + silent.nextTry(skippedAsSilent)
                            .map(time -> ", and will not be tried before " + time)
                            .orElse(""));
        }
        if (!skippedForWantOfASource.isEmpty()) {
            reasons.add("the pool '" + pool.name() + "' has no source that can be used for "
                    + text(skippedForWantOfASource.stream()));
        }
        return reasons.isEmpty() ? "no address is left" : String.join("; ", reasons);
    }

    boolean isOver() {
        return left.isEmpty();
    }

    /** One of them empty: the system chooses. */
    private List<Optional<Source>> sourcesFor(InetAddress address) {
        if (pool.sources().isEmpty()) {
            return List.of(Optional.empty());
        }
        return pool.sources().stream()
                .filter(source -> source.address() instanceof Inet4Address == address instanceof Inet4Address)
                .filter(source -> !unusable.contains(source))
                .map(Optional::of)
                .toList();
    }

    /** By the weight of its source. */
    private Leg drawnFrom(List<Leg> legs) {
        int ticket = random.nextInt(legs.stream().mapToInt(Itinerary::weight).sum());
        for (Leg leg : legs) {
            ticket -= weight(leg);
            if (ticket < 0) {
                return leg;
            }
        }
        throw new IllegalStateException("the weights do not add up: " + legs);
    }

    private static int weight(Leg leg) {
        return leg.source().map(Source::weight).orElse(1);
    }

    private SilentAddresses.Path path(Leg leg) {
        return new SilentAddresses.Path(
                leg.source().map(Source::address), leg.stop().address(), port);
    }

    private static String text(Stream<InetAddress> addresses) {
        return addresses.map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
    }
}
