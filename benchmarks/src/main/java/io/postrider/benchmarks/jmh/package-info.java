/** Benchmarks of the inner parts, for JMH: what one mail costs there. */
@NullMarked
package io.postrider.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
