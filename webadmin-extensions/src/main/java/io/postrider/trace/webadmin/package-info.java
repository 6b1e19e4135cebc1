/** The trace of messages, and what an admin may do to them, over REST. Start at {@link io.postrider.trace.webadmin.MessageRoutes}. */
@NullMarked
package io.postrider.trace.webadmin;

import org.jspecify.annotations.NullMarked;
