package io.postrider.domain;

import java.time.Instant;
import java.util.List;

/**
 * A domain that a tenant may use in RFC5322.From and in the reverse-path.
 *
 * @param name lower case, A-labels
 * @param returnPathDomain where bounces of its mail go; below the domain, so that SPF aligns (RFC 7489, section 3.1.2)
 * @param keys its DKIM keys, the active ones sign
 */
public record SendingDomain(
        String name, String tenant, String returnPathDomain, List<DkimKey> keys, Instant createdAt) {
    public SendingDomain {
        requireHostName("sending domain", name);
        requireHostName("return-path domain", returnPathDomain);
        keys = List.copyOf(keys);
    }

    private static void requireHostName(String what, String value) {
        if (value.length() > 253
                || !value.matches("([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    what + ": '" + value + "' (expected: a lower-case host name such as mail.example.com)");
        }
    }
}
