/** The simulator as an SMTP server. Start at {@link io.postrider.simulator.smtp.SimulatorServer}. */
@NullMarked
package io.postrider.simulator.smtp;

import org.jspecify.annotations.NullMarked;
