/** Attempts, their outcomes, and when to try again. Start at {@link io.postrider.delivery.DeliveryEngine}. */
@NullMarked
package io.postrider.delivery;

import org.jspecify.annotations.NullMarked;
