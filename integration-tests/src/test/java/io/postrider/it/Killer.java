package io.postrider.it;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntSupplier;

/**
 * Kills a node with SIGKILL at random moments, and starts it again. Moments are spread over the progress of the work; some come while the node is still starting.
 */
final class Killer {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int LATER_MILLIS = 400;
    private static final int STARTING_MILLIS = 5000;
    private static final double SHARE_WHILE_STARTING = 0.25;

    private final ServerProcess server;
    private final Random random;
    private final List<Kill> kills = new ArrayList<>();

    /**
     * One death.
     *
     * @param at just before the signal
     * @param over when the process was gone
     */
    record Kill(Instant at, Instant over) {}

    Killer(ServerProcess server, Random random) {
        this.server = server;
        this.random = random;
    }

    /**
     * Kills so many times; the node is healthy afterwards.
     *
     * @param progress rises to {@code total} as the work is done
     */
    List<Kill> kill(int times, IntSupplier progress, int total) {
        List<Integer> thresholds = random.ints(times, total / 50, total - total / 10)
                .sorted()
                .boxed()
                .toList();
        boolean starting = false;
        for (int threshold : thresholds) {
            if (starting) {
                pause(STARTING_MILLIS);
            } else {
                await("progress of " + threshold + " of " + total)
                        .atMost(PATIENCE)
                        .pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> progress.getAsInt() >= threshold);
                pause(LATER_MILLIS);
            }
            Instant at = Instant.now();
            server.kill();
            kills.add(new Kill(at, Instant.now()));
            server.launch();
            starting = random.nextDouble() < SHARE_WHILE_STARTING;
            if (!starting) {
                server.awaitHealth();
            }
        }
        server.awaitHealth();
        return List.copyOf(kills);
    }

    private void pause(int mostMillis) {
        Duration pause = Duration.ofMillis(random.nextInt(mostMillis) + 1);
        await().pollInterval(Duration.ofMillis(1))
                .pollDelay(pause)
                .atMost(pause.plus(PATIENCE))
                .until(() -> true);
    }
}
