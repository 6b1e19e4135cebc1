/** What a message gets when it is taken in. Start at {@link io.postrider.submission.mailet.Stamp}. */
@NullMarked
package io.postrider.submission.mailet;

import org.jspecify.annotations.NullMarked;
