package io.postrider.mail;

import java.util.Optional;

/**
 * What an SMTP server answered: code, and the text of all its lines joined by blanks, the enhanced code included; see
 * <a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.2">RFC 5321, section 4.2</a>.
 */
public record SmtpReply(int code, String text) {
    public SmtpReply {
        if (code < 200 || code > 599) {
            throw new IllegalArgumentException("reply code: " + code + " (expected: 200 to 599)");
        }
    }

    /** The enhanced code that the text starts with, when it is there. */
    public Optional<EnhancedStatusCode> enhancedCode() {
        return EnhancedStatusCode.startOf(text);
    }

    /** Any 2yz is success. */
    public boolean isPositive() {
        return code < 300;
    }

    public boolean isTransient() {
        return code >= 400 && code < 500;
    }

    public boolean isPermanent() {
        return code >= 500;
    }

    @Override
    public String toString() {
        return code + " " + text;
    }
}
