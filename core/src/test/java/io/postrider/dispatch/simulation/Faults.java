package io.postrider.dispatch.simulation;

import java.util.random.RandomGenerator;

/**
 * How likely things go wrong, each 0 to 1.
 *
 * @param crash at a call of a store
 * @param queue a write to the journal fails
 * @param store a call of the log fails
 * @param pipeline a mail takes another way than straight through the pipeline
 * @param remote an attempt ends in something else than a 250
 * @param hang a mailet or an attempt never comes back
 */
record Faults(double crash, double queue, double store, double pipeline, double remote, double hang) {
    static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0);

    /** Each seed has faults of its own kind, so that some meet alone and some meet together. */
    static Faults of(RandomGenerator random) {
        return new Faults(
                oneOf(random, 0, 0.002, 0.01),
                oneOf(random, 0, 0.1, 0.3),
                oneOf(random, 0, 0.05, 0.2),
                oneOf(random, 0, 0.3, 0.8),
                oneOf(random, 0.1, 0.5, 0.9),
                oneOf(random, 0, 0, 0.05));
    }

    private static double oneOf(RandomGenerator random, double... values) {
        return values[random.nextInt(values.length)];
    }
}
