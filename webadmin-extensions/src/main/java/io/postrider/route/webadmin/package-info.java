/** Relays and routes over REST. Start at {@link io.postrider.route.webadmin.RoutingRoutes}. */
@NullMarked
package io.postrider.route.webadmin;

import org.jspecify.annotations.NullMarked;
