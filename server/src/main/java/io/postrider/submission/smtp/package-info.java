/** Submission over James's SMTP server. Start at {@link io.postrider.submission.smtp.SubmissionHandlers}. */
@NullMarked
package io.postrider.submission.smtp;

import org.jspecify.annotations.NullMarked;
