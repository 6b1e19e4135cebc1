/** What comes back over the inbound port. Start at {@link io.postrider.inbound.smtp.InboundHandlers}. */
@NullMarked
package io.postrider.inbound.smtp;

import org.jspecify.annotations.NullMarked;
