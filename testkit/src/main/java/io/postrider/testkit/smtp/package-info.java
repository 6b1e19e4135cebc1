/** SMTP servers that misbehave on purpose ({@link io.postrider.testkit.smtp.ScriptedSmtpPeer}) or take mail in quantity ({@link io.postrider.testkit.smtp.SmtpSink}). */
@NullMarked
package io.postrider.testkit.smtp;

import org.jspecify.annotations.NullMarked;
