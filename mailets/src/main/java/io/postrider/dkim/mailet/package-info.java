/** DKIM as a step of the pipeline. Start at {@link io.postrider.dkim.mailet.DkimSign}. */
@NullMarked
package io.postrider.dkim.mailet;

import org.jspecify.annotations.NullMarked;
