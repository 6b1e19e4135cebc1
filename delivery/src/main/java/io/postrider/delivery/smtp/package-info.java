/** The SMTP client: connections kept per next hop, transactions, outcomes. Start at {@link io.postrider.delivery.smtp.SmtpDeliveryEngine}. */
@NullMarked
package io.postrider.delivery.smtp;

import org.jspecify.annotations.NullMarked;
