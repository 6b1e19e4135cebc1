/** Delivery status notifications: what a submitter wants to be told, and the report that tells it. Start at {@link io.postrider.dsn.DsnRequest}. */
@NullMarked
package io.postrider.dsn;

import org.jspecify.annotations.NullMarked;
