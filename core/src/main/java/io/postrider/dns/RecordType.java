package io.postrider.dns;

import java.net.Inet4Address;
import java.net.Inet6Address;

/**
 * A type of records.
 *
 * @param code as IANA assigns it
 * @param <T> the data of a record; names in lower case, without a final dot
 */
public record RecordType<T>(String name, int code, Class<T> data) {
    public static final RecordType<Inet4Address> A = new RecordType<>("A", 1, Inet4Address.class);
    public static final RecordType<String> CNAME = new RecordType<>("CNAME", 5, String.class);
    public static final RecordType<String> PTR = new RecordType<>("PTR", 12, String.class);
    public static final RecordType<MailExchanger> MX = new RecordType<>("MX", 15, MailExchanger.class);
    /** The strings of a record are joined. */
    public static final RecordType<String> TXT = new RecordType<>("TXT", 16, String.class);

    public static final RecordType<Inet6Address> AAAA = new RecordType<>("AAAA", 28, Inet6Address.class);

    @Override
    public String toString() {
        return name;
    }
}
