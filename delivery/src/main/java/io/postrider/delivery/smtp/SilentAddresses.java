package io.postrider.delivery.smtp;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Remembers which addresses did not answer, so that a dead one costs nothing for each mail: they are left alone for a pause, which doubles with each try that
 * fails. When it is over, one try goes through, and decides for all. Bounded; safe for concurrent use.
 */
final class SilentAddresses {
    private static final int MAX_ENTRIES = 10_000;

    private final Clock clock;
    private final SmtpClientSettings.Pauses pauses;
    private final Duration probe;
    private final Map<Path, Silence> silences = new LinkedHashMap<>();

    /**
     * What answers from one source may be silent from another.
     *
     * @param source none for the one that the system chooses
     */
    record Path(Optional<InetAddress> source, InetAddress address, int port) {}

    /** @param until nobody tries before that */
    private record Silence(Instant until, Duration pause) {}

    /** @param probe how long one try may take before the next */
    SilentAddresses(Clock clock, SmtpClientSettings.Pauses pauses, Duration probe) {
        this.clock = clock;
        this.pauses = pauses;
        this.probe = probe;
    }

    /** Whether the pause is over, if there is one. */
    synchronized boolean isOpen(Path path) {
        Silence silence = silences.get(path);
        return silence == null || !clock.instant().isBefore(silence.until());
    }

    /** The same; when a pause is over, it is for the caller alone to try. */
    synchronized boolean mayTry(Path path) {
        if (!isOpen(path)) {
            return false;
        }
        silences.computeIfPresent(
                path, (key, silence) -> new Silence(clock.instant().plus(probe), silence.pause()));
        return true;
    }

    synchronized void answered(Path path) {
        silences.remove(path);
    }

    /** Nothing was found out. */
    synchronized void notTried(Path path) {
        silences.computeIfPresent(path, (key, silence) -> new Silence(clock.instant(), silence.pause()));
    }

    synchronized void silent(Path path) {
        if (pauses.most().isZero()) {
            return;
        }
        Silence before = silences.remove(path);
        Duration wanted = before == null ? pauses.first() : before.pause().multipliedBy(2);
        Duration pause = wanted.compareTo(pauses.most()) < 0 ? wanted : pauses.most();
        silences.put(path, new Silence(clock.instant().plus(pause), pause));
        if (silences.size() > MAX_ENTRIES) {
            Iterator<Path> eldest = silences.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
    }

    /** When the first of them may be tried again. */
    synchronized Optional<Instant> nextTry(Collection<Path> paths) {
        return paths.stream()
                .map(silences::get)
                .filter(Objects::nonNull)
                .map(Silence::until)
                .min(Comparator.naturalOrder());
    }
}
