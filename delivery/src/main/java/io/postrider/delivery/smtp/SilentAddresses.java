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

    /**
     * @param until nobody tries before that
     * @param probed whether the pause is over, and one was let through to find out
     */
    private record Silence(Instant until, Duration pause, boolean probed) {}

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
                path, (key, silence) -> new Silence(clock.instant().plus(probe), silence.pause(), true));
        return true;
    }

    synchronized void answered(Path path) {
        silences.remove(path);
    }

    /** Nothing was found out: the next may try, unless there is a pause, which is none of this caller's. */
    synchronized void notTried(Path path) {
        silences.computeIfPresent(
                path,
                (key, silence) -> silence.probed() ? new Silence(clock.instant(), silence.pause(), false) : silence);
    }

    synchronized void silent(Path path) {
        Silence before = silences.get(path);
        boolean beganBeforeThePause = before != null && !before.probed(); // which has counted it
        if (beganBeforeThePause || pauses.most().isZero()) {
            return;
        }
        silences.remove(path); // and in again as the newest
        Duration wanted = before == null ? pauses.first() : before.pause().multipliedBy(2);
        Duration pause = wanted.compareTo(pauses.most()) < 0 ? wanted : pauses.most();
        silences.put(path, new Silence(clock.instant().plus(pause), pause, false));
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
