package io.postrider.dsn;

/** What to tell the sender of (<a href="https://datatracker.ietf.org/doc/html/rfc3461#section-4.1">RFC 3461, section 4.1</a>). */
public enum Notify {
    /** Nothing; stands alone. */
    NEVER,
    SUCCESS,
    FAILURE,
    DELAY
}
