package io.postrider.dispatch.simulation;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The time, and the order of all that happens in it. Threads are {@link Actor}s. One real thread plays them all; where one of them would block, {@link #othersGoOn}
 * lets others run in between, so that interleavings of real threads are played as well.
 */
final class Agenda extends Clock {
    private static final int MAX_DEPTH = 5;
    private static final int LEAP_MILLIS = 20;

    /** A thread: it does one thing at a time. */
    static final class Actor {
        private boolean busy;

        boolean isBusy() {
            return busy;
        }

        /** Has it do this, or wait for it, so that it does nothing else meanwhile. */
        <T> T occupied(Supplier<T> task) {
            boolean before = busy;
            busy = true;
            try {
                return task.get();
            } finally {
                busy = before;
            }
        }

        void occupied(Runnable task) {
            occupied(() -> {
                task.run();
                return true;
            });
        }
    }

    private record Event(Instant at, long number, Actor actor, Runnable task) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparing(Event::at).thenComparing(Event::number));
    private final RandomGenerator random;
    private final double interleaving;
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private long count;
    private int depth;

    /**
     * @param interleaving how likely another thread runs while one waits, 0 to 1
     */
    Agenda(RandomGenerator random, double interleaving) {
        this.random = random;
        this.interleaving = interleaving;
    }

    void after(long millis, Actor actor, Runnable task) {
        events.add(new Event(now.plusMillis(millis), count++, actor, task));
    }

    /** A thread of its own, for one task. */
    void after(long millis, Runnable task) {
        after(millis, new Actor(), task);
    }

    void at(Instant time, Runnable task) {
        after(Math.max(0, time.toEpochMilli() - now.toEpochMilli()), task);
    }

    /** Does what comes next. Returns false when nothing comes any more until the time given. */
    boolean next(Instant until) {
        Deque<Event> waiting = new ArrayDeque<>();
        try {
            while (!events.isEmpty() && !events.element().at().isAfter(until)) {
                Event event = events.remove();
                if (!event.actor().busy) {
                    run(event);
                    return true;
                }
                waiting.add(event);
            }
            return false;
        } finally {
            events.addAll(waiting);
        }
    }

    private void run(Event event) {
        now = event.at().isAfter(now) ? event.at() : now;
        event.actor().busy = true;
        depth++;
        try {
            event.task().run();
        } finally {
            depth--;
            event.actor().busy = false;
        }
    }

    /** Who calls this waits for a disk or a network. */
    void othersGoOn() {
        boolean goesOn = true;
        while (goesOn && depth < MAX_DEPTH && random.nextDouble() < interleaving) {
            goesOn = next(now.plusMillis(LEAP_MILLIS));
        }
    }

    /** Who calls this waits for long: whatever others do until then, they do. */
    void othersGoOn(long millis) {
        Instant until = now.plusMillis(millis);
        while (depth < MAX_DEPTH && next(until)) {
            // the rest of it
        }
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("the simulation knows no zones");
    }
}
