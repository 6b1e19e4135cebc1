/** Relays and routes in SQL. Start at {@link io.postrider.route.sql.SqlRoutes}. */
@NullMarked
package io.postrider.route.sql;

import org.jspecify.annotations.NullMarked;
