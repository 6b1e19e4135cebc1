package io.postrider.delivery.smtp;

import io.netty.handler.codec.DecoderException;

/** The peer sent something that is no SMTP reply, or one that is too long. */
final class MalformedReplyException extends DecoderException {
    MalformedReplyException(String message) {
        super(message);
    }
}
