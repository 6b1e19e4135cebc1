package io.postrider.delivery.smtp;

import io.postrider.route.EgressPool;
import io.postrider.route.EgressPool.Source;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

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
    private final SilentAddresses silent;
    private final RandomGenerator random;
    private final Deque<Stop> left = new ArrayDeque<>();
    private final Set<Source> unusable = new HashSet<>();
    private final Set<InetAddress> skippedAsSilent = new LinkedHashSet<>();
    private final Set<InetAddress> skippedForWantOfASource = new LinkedHashSet<>();

    Itinerary(Destination.Site site, SilentAddresses silent, RandomGenerator random) {
        this.pool = site.sources();
        this.silent = silent;
        this.random = random;
        site.hosts().forEach(host -> host.addresses().forEach(address -> left.add(new Stop(host.name(), address))));
    }

    /** The next host with all its addresses that can be tried now; none when there is no such host. */
    List<Leg> next() {
        List<Leg> legs = new ArrayList<>();
        while (!left.isEmpty()
                && (legs.isEmpty()
                        || left.element().host().equals(legs.get(0).stop().host()))) {
            Stop stop = left.remove();
            if (!hasSourceFor(stop.address())) {
                skippedForWantOfASource.add(stop.address());
            } else if (!silent.mayTry(stop.address())) {
                skippedAsSilent.add(stop.address());
            } else {
                legs.add(new Leg(stop, source(stop.address())));
            }
        }
        return legs;
    }

    /** These have not been tried, and come next. */
    void putBack(List<Stop> stops) {
        for (int i = stops.size() - 1; i >= 0; i--) {
            left.addFirst(stops.get(i));
        }
    }

    void answered(Stop stop) {
        silent.answered(stop.address());
    }

    void didNotAnswer(Stop stop) {
        silent.silent(stop.address());
    }

    /** This address is none of ours at present: the stop is for another. */
    void unusable(Leg leg) {
        leg.source().ifPresent(unusable::add);
        silent.answered(leg.stop().address()); // nothing is known of it
        left.addFirst(leg.stop());
    }

    /** Why there is nothing left. */
    String whyOver() {
        List<String> reasons = new ArrayList<>();
        if (!skippedAsSilent.isEmpty()) {
            reasons.add(text(skippedAsSilent) + " did not answer a short while ago"
                    + silent.nextTry(skippedAsSilent)
                            .map(time -> ", and will not be tried before " + time)
                            .orElse(""));
        }
        if (!skippedForWantOfASource.isEmpty()) {
            reasons.add("the pool '" + pool.name() + "' has no source that can be used for "
                    + text(skippedForWantOfASource));
        }
        return reasons.isEmpty() ? "no address is left" : String.join("; ", reasons);
    }

    boolean isOver() {
        return left.isEmpty();
    }

    private boolean hasSourceFor(InetAddress address) {
        return pool.sources().isEmpty() || !usableFor(address).isEmpty();
    }

    private Optional<Source> source(InetAddress address) {
        List<Source> usable = usableFor(address);
        if (usable.isEmpty()) {
            return Optional.empty();
        }
        int ticket = random.nextInt(usable.stream().mapToInt(Source::weight).sum());
        for (Source source : usable) {
            ticket -= source.weight();
            if (ticket < 0) {
                return Optional.of(source);
            }
        }
        throw new IllegalStateException("the weights do not add up: " + usable);
    }

    private List<Source> usableFor(InetAddress address) {
        return pool.sources().stream()
                .filter(source -> source.address() instanceof Inet4Address == address instanceof Inet4Address)
                .filter(source -> !unusable.contains(source))
                .toList();
    }

    private static String text(Set<InetAddress> addresses) {
        return String.join(
                ", ", addresses.stream().map(InetAddress::getHostAddress).toList());
    }
}
