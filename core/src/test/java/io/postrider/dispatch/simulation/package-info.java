/**
 * The fate logic of {@code core} in a world of its own: one thread, a settable clock, a journal, a log, remote servers, faults and crashes, all from one seed. Start
 * at {@link io.postrider.dispatch.simulation.SimulatedWorld}.
 */
@NullMarked
package io.postrider.dispatch.simulation;

import org.jspecify.annotations.NullMarked;
