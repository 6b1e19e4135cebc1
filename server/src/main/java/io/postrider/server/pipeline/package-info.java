/** The pipeline of mailets inside James's container, and what feeds it. Start at {@link io.postrider.server.pipeline.Spooler}. */
@NullMarked
package io.postrider.server.pipeline;

import org.jspecify.annotations.NullMarked;
