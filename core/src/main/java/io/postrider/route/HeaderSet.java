package io.postrider.route;

/** The set of header fields that DKIM signs, by what the way to the recipient keeps unchanged. */
public enum HeaderSet {
    /** All that matter, Date and Message-ID among them. */
    FULL,
    /** Without Date and Message-ID, which AWS SES rewrites. */
    SES
}
