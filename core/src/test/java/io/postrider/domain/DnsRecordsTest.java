package io.postrider.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.dkim.DkimKeys;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class DnsRecordsTest {
    private final DnsRecords records = new DnsRecords("out.sender.example", "in.sender.example");

    @Test
    void ofShouldNameAllThatTheOwnerMustPublish() {
        DkimKey active = DkimKeys.generate("pr1", Instant.EPOCH);
        DkimKey old = new DkimKey("pr0", active.privateKey(), active.publicKey(), false, Instant.EPOCH);
        SendingDomain domain =
                new SendingDomain("example.com", "default", "bounce.example.com", List.of(active, old), Instant.EPOCH);

        assertThat(records.of(domain))
                .extracting(record -> record.type() + " " + record.name() + " " + record.value())
                .containsExactly(
                        "TXT pr1._domainkey.example.com v=DKIM1; k=rsa; p="
                                + Base64.getEncoder().encodeToString(active.publicKey()),
                        "TXT bounce.example.com v=spf1 a:out.sender.example ~all",
                        "MX bounce.example.com 10 in.sender.example.",
                        "TXT _dmarc.example.com v=DMARC1; p=none");
    }

    @Test
    void stringsShouldCutAKeyRecordThatIsTooLongForOne() {
        SendingDomain domain = new SendingDomain(
                "example.com",
                "default",
                "bounce.example.com",
                List.of(DkimKeys.generate("pr1", Instant.EPOCH)),
                Instant.EPOCH);
        DnsRecord dkim = records.of(domain).get(0);

        assertThat(dkim.strings()).hasSize(2).allMatch(string -> string.length() <= 255);
        assertThat(String.join("", dkim.strings())).isEqualTo(dkim.value());
    }
}
