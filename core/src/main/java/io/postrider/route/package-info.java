/** Where mail goes: relays, routes, and the table that decides. Start at {@link io.postrider.route.RouteTable}. */
@NullMarked
package io.postrider.route;

import org.jspecify.annotations.NullMarked;
