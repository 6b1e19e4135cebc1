/** SMTP servers that misbehave on purpose, and certificates for them. Start at {@link io.postrider.testkit.smtp.ScriptedSmtpPeer}. */
@NullMarked
package io.postrider.testkit.smtp;

import org.jspecify.annotations.NullMarked;
