package io.postrider.mx;

import java.net.InetAddress;
import java.util.List;

/**
 * A mail server of a domain.
 *
 * @param addresses one or more, in the order in which they are tried
 */
public record MailHost(String name, List<InetAddress> addresses) {
    public MailHost {
        addresses = List.copyOf(addresses);
    }
}
