/** Puts mail to rest, for {@code benchmarks/backlog.sh}. Start at {@link io.postrider.benchmarks.backlog.FillBacklog}. */
@NullMarked
package io.postrider.benchmarks.backlog;

import org.jspecify.annotations.NullMarked;
