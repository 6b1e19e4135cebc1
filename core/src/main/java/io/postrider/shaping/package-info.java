/** How much mail may go where, as data. Start at {@link io.postrider.shaping.ShapingRules}. */
@NullMarked
package io.postrider.shaping;

import org.jspecify.annotations.NullMarked;
