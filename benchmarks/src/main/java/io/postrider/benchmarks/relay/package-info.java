/** Measures an SMTP relay: load on one side, a sink on the other, the processes of the server between them. */
@NullMarked
package io.postrider.benchmarks.relay;

import org.jspecify.annotations.NullMarked;
