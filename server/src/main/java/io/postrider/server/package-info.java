/** The runnable server: one node, everything embedded. Start at {@link io.postrider.server.Main}. */
@NullMarked
package io.postrider.server;

import org.jspecify.annotations.NullMarked;
