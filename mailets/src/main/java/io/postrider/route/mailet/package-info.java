/** The routes as a step of the pipeline. Start at {@link io.postrider.route.mailet.Route}. */
@NullMarked
package io.postrider.route.mailet;

import org.jspecify.annotations.NullMarked;
