package io.postrider.domain;

import java.util.ArrayList;
import java.util.List;

/**
 * A record that the owner of a domain publishes.
 *
 * @param type {@code TXT} or {@code MX}
 * @param name absolute, without the final dot
 * @param value as a zone file has it, but TXT unquoted and in one piece
 * @param purpose why, in a sentence
 */
public record DnsRecord(String type, String name, String value, String purpose) {
    /** <a href="https://datatracker.ietf.org/doc/html/rfc1035#section-3.3">RFC 1035, section 3.3</a>. */
    private static final int MAX_STRING = 255;

    /** The value cut into strings of at most 255 characters, as a TXT record holds it (RFC 6376, section 3.6.2.2). */
    public List<String> strings() {
        List<String> strings = new ArrayList<>();
        for (int from = 0; from < value.length(); from += MAX_STRING) {
            strings.add(value.substring(from, Math.min(value.length(), from + MAX_STRING)));
        }
        return strings;
    }
}
