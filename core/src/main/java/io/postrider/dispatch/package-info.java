/** What decides about the fate of each mail: the window of entries in work, their receipts, retry. Start at {@link io.postrider.dispatch.MessageOperations} for what admins may do. */
@NullMarked
package io.postrider.dispatch;

import org.jspecify.annotations.NullMarked;
