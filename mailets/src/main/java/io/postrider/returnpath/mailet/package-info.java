/** Return paths as a step of the pipeline. Start at {@link io.postrider.returnpath.mailet.ReturnPath}. */
@NullMarked
package io.postrider.returnpath.mailet;

import org.jspecify.annotations.NullMarked;
