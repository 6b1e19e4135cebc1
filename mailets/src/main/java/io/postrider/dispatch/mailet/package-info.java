/** Outcomes as steps of the pipeline. Start at {@link io.postrider.dispatch.mailet.Bounce}. */
@NullMarked
package io.postrider.dispatch.mailet;

import org.jspecify.annotations.NullMarked;
