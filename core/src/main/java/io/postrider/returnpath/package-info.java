/** Reverse-paths of our own that name the delivery they belong to. Start at {@link io.postrider.returnpath.ReturnPaths}. */
@NullMarked
package io.postrider.returnpath;

import org.jspecify.annotations.NullMarked;
