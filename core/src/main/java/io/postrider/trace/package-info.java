/** What became of each message: the log that every decision goes to. Start at {@link io.postrider.trace.MessageLog}. */
@NullMarked
package io.postrider.trace;

import org.jspecify.annotations.NullMarked;
