package io.postrider.domain;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Says which records the owner of a sending domain must publish. */
public final class DnsRecords {
    private final String outboundHost;
    private final String inboundHost;

    /**
     * @param outboundHost a host whose addresses are all those that mail leaves from; SPF names it
     * @param inboundHost the host that takes bounces on port 25; MX names it
     */
    public DnsRecords(String outboundHost, String inboundHost) {
        this.outboundHost = outboundHost;
        this.inboundHost = inboundHost;
    }

    public List<DnsRecord> of(SendingDomain domain) {
        List<DnsRecord> records = new ArrayList<>();
        domain.keys().stream().filter(DkimKey::active).forEach(key -> records.add(dkim(domain.name(), key)));
        records.add(new DnsRecord(
                "TXT",
                domain.returnPathDomain(),
                "v=spf1 a:" + outboundHost + " ~all",
                "SPF: lets our hosts send with the return-path domain (RFC 7208)"));
        records.add(new DnsRecord(
                "MX",
                domain.returnPathDomain(),
                "10 " + inboundHost + ".",
                "brings bounces to us (RFC 5321, section 5)"));
        records.add(new DnsRecord(
                "TXT",
                "_dmarc." + domain.name(),
                "v=DMARC1; p=none",
                "DMARC: a start; raise p= to quarantine or reject once reports are clean (RFC 9989)"));
        return records;
    }

    /** The key record (<a href="https://datatracker.ietf.org/doc/html/rfc6376#section-3.6.1">RFC 6376, section 3.6.1</a>). */
    private static DnsRecord dkim(String domain, DkimKey key) {
        return new DnsRecord(
                "TXT",
                key.selector() + "._domainkey." + domain,
                "v=DKIM1; k=rsa; p=" + Base64.getEncoder().encodeToString(key.publicKey()),
                "DKIM: the public key that our signatures are checked with (RFC 6376)");
    }
}
