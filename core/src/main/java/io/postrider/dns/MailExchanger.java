package io.postrider.dns;

/**
 * The data of an MX record.
 *
 * @param preference lower is tried first
 * @param host in lower case, without a final dot; empty for the root, which says that the domain takes no mail
 *     (<a href="https://datatracker.ietf.org/doc/html/rfc7505">RFC 7505</a>)
 */
public record MailExchanger(int preference, String host) {
    /** Whether it is the null MX. */
    public boolean isNull() {
        return host.isEmpty();
    }
}
