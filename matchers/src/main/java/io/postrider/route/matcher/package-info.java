/** Routes as a condition of the pipeline. Start at {@link io.postrider.route.matcher.RouteIs}. */
@NullMarked
package io.postrider.route.matcher;

import org.jspecify.annotations.NullMarked;
