package io.postrider.dsn;

import java.util.Optional;

/**
 * What was wanted of reports with MAIL (<a href="https://datatracker.ietf.org/doc/html/rfc3461#section-4.3">RFC 3461, section 4.3</a>).
 *
 * @param returned how much of the message a report of a failure gives back
 * @param envelopeId decoded; 1 to 100 characters as xtext
 */
public record EnvelopeRequest(Optional<Returned> returned, Optional<String> envelopeId) {
    public static final EnvelopeRequest NONE = new EnvelopeRequest(Optional.empty(), Optional.empty());

    /** How much of a message is given back: the value of RET. */
    public enum Returned {
        FULL,
        HDRS
    }
}
