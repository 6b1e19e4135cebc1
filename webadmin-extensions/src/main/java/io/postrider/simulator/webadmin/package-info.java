/** What the simulator received, over REST. Start at {@link io.postrider.simulator.webadmin.SimulatorRoutes}. */
@NullMarked
package io.postrider.simulator.webadmin;

import org.jspecify.annotations.NullMarked;
