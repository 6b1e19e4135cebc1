/** Addresses, ids, replies and raw messages: the words of the mail standards. Start at {@link io.postrider.mail.EmailAddress}. */
@NullMarked
package io.postrider.mail;

import org.jspecify.annotations.NullMarked;
