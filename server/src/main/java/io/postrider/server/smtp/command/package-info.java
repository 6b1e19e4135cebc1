/**
 * The commands of SMTP, in place of James's handlers for them, over the hooks of James. Start at {@link
 * io.postrider.server.smtp.command.MailHandler} and {@link io.postrider.server.smtp.command.RcptHandler}.
 */
@NullMarked
package io.postrider.server.smtp.command;

import org.jspecify.annotations.NullMarked;
