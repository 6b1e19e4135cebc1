package io.postrider.dns;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What DNS said.
 *
 * @param <T> the data of a record
 */
public sealed interface DnsAnswer<T> {
    /**
     * There are records.
     *
     * @param records one or more, in the order of the answer
     * @param owner where they stand: the name asked for, or where its CNAMEs lead; lower case, no final dot
     * @param ttl for how long they may be kept
     * @param authenticated whether the resolver says that it has validated them (the AD bit of RFC 4035)
     */
    record Found<T>(List<T> records, String owner, Duration ttl, boolean authenticated) implements DnsAnswer<T> {
        public Found {
            records = List.copyOf(records);
            if (records.isEmpty()) {
                throw new IllegalArgumentException("records: [] (expected: one or more)");
            }
        }
    }

    /** NXDOMAIN: neither this name nor any below it exists (RFC 8020). */
    record NoSuchDomain<T>() implements DnsAnswer<T> {}

    /** The name exists, but has no record of this type. */
    record NoData<T>() implements DnsAnswer<T> {}

    /** It could not be found out at present: SERVFAIL, no answer in time, or an answer that makes no sense. */
    record Failed<T>(String reason) implements DnsAnswer<T> {}

    /** The records; none when there are none, or it is not known. */
    default List<T> records() {
        return this instanceof Found<T> found ? found.records : List.of();
    }

    /** Why it is not known. */
    default Optional<String> failure() {
        return this instanceof Failed<T> failed ? Optional.of(failed.reason()) : Optional.empty();
    }
}
