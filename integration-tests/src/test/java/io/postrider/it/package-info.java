/** Whole servers as child processes, and what talks to them. Start at {@link io.postrider.it.ServerProcess}. */
@NullMarked
package io.postrider.it;

import org.jspecify.annotations.NullMarked;
