package io.postrider.returnpath;

import io.postrider.mail.MessageId;
import java.util.OptionalInt;

/**
 * What a return path of ours says.
 *
 * @param recipientIndex which recipient of the message, in the order of acceptance, from 0; none when it stands for all
 */
public record ReturnPath(MessageId messageId, OptionalInt recipientIndex) {}
