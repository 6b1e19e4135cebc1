/** Taking mail from apps: who may submit, what is taken, and what is answered. Start at {@link io.postrider.submission.Submissions}. */
@NullMarked
package io.postrider.submission;

import org.jspecify.annotations.NullMarked;
