package io.postrider.mx;

import io.postrider.mail.EnhancedStatusCode;
import java.util.List;

/** Where the mail for a domain goes. */
public sealed interface MxResolution {
    /**
     * To these hosts, in this order.
     *
     * @param site the names of all hosts in alphabetical order; domains with the same site share their connections
     * @param remarks which hosts are left out, and why
     */
    record Hosts(String site, List<MailHost> hosts, List<String> remarks) implements MxResolution {
        public Hosts {
            hosts = List.copyOf(hosts);
            remarks = List.copyOf(remarks);
        }
    }

    /** Nowhere, ever. */
    record Undeliverable(EnhancedStatusCode status, String reason) implements MxResolution {}

    /** It cannot be found out at present. */
    record Unknown(String reason) implements MxResolution {}
}
