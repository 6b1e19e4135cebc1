/** What runs within the process that is to die. Start at {@link io.postrider.it.agent.DeathAgent}. */
@NullMarked
package io.postrider.it.agent;

import org.jspecify.annotations.NullMarked;
