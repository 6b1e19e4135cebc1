/** What an admin sees of the queue, over REST. Start at {@link io.postrider.dispatch.webadmin.SweeperRoutes}. */
@NullMarked
package io.postrider.dispatch.webadmin;

import org.jspecify.annotations.NullMarked;
