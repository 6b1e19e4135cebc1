/** Scenarios of a whole node, told by its ports alone. Most share one node: start at {@link io.postrider.it.scenario.SharedNode}. */
@NullMarked
package io.postrider.it.scenario;

import org.jspecify.annotations.NullMarked;
