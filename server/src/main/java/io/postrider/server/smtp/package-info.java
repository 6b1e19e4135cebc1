/** What the SMTP ports have in common, and James's SMTP server made safe. */
@NullMarked
package io.postrider.server.smtp;

import org.jspecify.annotations.NullMarked;
