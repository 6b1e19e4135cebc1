package io.postrider.dispatch.simulation;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Runs many seeds: {@code -Dsimulation.seeds=100000} for more of them, {@code -Dsimulation.seed=42} for one, with all that happens in it.
 */
class SimulationTest {
    private static final Logger PRODUCT = Logger.getLogger("io.postrider");

    @BeforeAll
    static void silenceTheProduct() {
        PRODUCT.setLevel(Level.OFF);
    }

    @AfterAll
    static void letTheProductSpeak() {
        PRODUCT.setLevel(null);
    }

    @Test
    void everyDeliveryShouldComeToOneEndWhateverHappens() {
        Long one = Long.getLong("simulation.seed");
        if (one != null) {
            run(one);
            return;
        }
        for (long seed = 0; seed < Long.getLong("simulation.seeds", 10_000); seed++) {
            run(seed);
        }
    }

    private static void run(long seed) {
        try {
            new SimulatedWorld(seed, false).run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("-Dsimulation.seed=" + seed + "\n" + String.join("\n", traceOf(seed)), e);
        }
    }

    private static List<String> traceOf(long seed) {
        SimulatedWorld world = new SimulatedWorld(seed, true);
        try {
            world.run();
        } catch (AssertionError | RuntimeException e) {
            return world.trace();
        }
        throw new AssertionError("seed " + seed + " fails the first time alone: something is not from the seed");
    }
}
