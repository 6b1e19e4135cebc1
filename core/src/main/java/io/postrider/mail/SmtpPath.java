package io.postrider.mail;

/** What stands between the angle brackets of MAIL FROM and RCPT TO (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.2">RFC 5321, section 4.1.2</a>). */
public sealed interface SmtpPath {
    /** {@code <>}: the reverse-path of what must not be answered. */
    record Null() implements SmtpPath {}

    /** {@code <postmaster>}, in any case of letters, the one recipient that needs no domain. */
    record Postmaster() implements SmtpPath {}

    /**
     * An address.
     *
     * @param sourceRouted whether a source route stood before it; the route itself is dropped, as appendix C of RFC 5321 asks for
     */
    record Mailbox(EmailAddress address, boolean sourceRouted) implements SmtpPath {}
}
