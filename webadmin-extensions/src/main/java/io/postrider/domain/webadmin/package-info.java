/** Sending domains over REST. Start at {@link io.postrider.domain.webadmin.SendingDomainRoutes}. */
@NullMarked
package io.postrider.domain.webadmin;

import org.jspecify.annotations.NullMarked;
