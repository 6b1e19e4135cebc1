/** Sender policy as a condition of the pipeline. Start at {@link io.postrider.domain.matcher.BreaksSenderPolicy}. */
@NullMarked
package io.postrider.domain.matcher;

import org.jspecify.annotations.NullMarked;
