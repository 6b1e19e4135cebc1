package io.postrider.trace;

import io.postrider.mail.MessageId;
import java.time.Instant;

/**
 * A mail that was put aside because its processing failed.
 *
 * @param key its own id, which owns the deliveries meanwhile
 * @param entry the whole mail, as the queue serialises it
 * @param cause what went wrong, in words
 */
public record HeldMail(EntryId key, MessageId message, byte[] entry, String cause, Instant at) {}
