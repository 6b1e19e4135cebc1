/** The mail servers of a domain. Start at {@link io.postrider.mx.MxResolver}. */
@NullMarked
package io.postrider.mx;

import org.jspecify.annotations.NullMarked;
