/** The built-in sink that plays the internet, as others see it. Start at {@link io.postrider.simulator.SimulatorMailbox}. */
@NullMarked
package io.postrider.simulator;

import org.jspecify.annotations.NullMarked;
