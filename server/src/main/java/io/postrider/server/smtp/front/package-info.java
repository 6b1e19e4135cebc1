/**
 * How SMTP comes in over the network, under James's protocol: framing, DATA, TLS, limits. Start at {@link
 * io.postrider.server.smtp.front.PostriderSmtpServer}; why it is ours, ADR 0009 says.
 */
@NullMarked
package io.postrider.server.smtp.front;

import org.jspecify.annotations.NullMarked;
