/** Where James's types meet ours: addresses, messages, mail attributes. Start at {@link io.postrider.bridge.Messages}. */
@NullMarked
package io.postrider.bridge;

import org.jspecify.annotations.NullMarked;
