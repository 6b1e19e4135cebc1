package io.postrider.dns.dnsjava;

import io.postrider.dns.DnsAnswer;
import io.postrider.dns.MailExchanger;
import io.postrider.dns.RecordType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/**
 * What one response says. Only records of the name asked for, or of where its CNAMEs lead, count.
 *
 * @param answer as far as this response knows
 * @param next where the CNAMEs lead, when the response does not say what is there
 * @param chain the CNAMEs followed
 * @param ttl the least of all records that count; of what does not exist, that of the SOA
 */
record Reading<T>(DnsAnswer<T> answer, Optional<Name> next, int chain, Duration ttl) {
    /** A response holds at most some hundred records; one that makes us follow more has a loop. */
    private static final int TOO_LONG = 1000;

    static <T> Reading<T> of(Message response, Name name, RecordType<T> type) {
        List<Record> records = response.getSection(Section.ANSWER);
        Name owner = name;
        Set<Name> seen = new HashSet<>();
        long ttl = Long.MAX_VALUE / 1000;
        while (seen.add(owner)) {
            List<Record> data = at(records, owner, type.code());
            if (!data.isEmpty()) {
                return found(response, owner, data, type, seen.size() - 1, Math.min(ttl, leastTtl(data)));
            }
            List<Record> cname = at(records, owner, Type.CNAME);
            if (cname.isEmpty()) {
                return notFound(response, owner, seen.size() - 1, ttl);
            }
            ttl = Math.min(ttl, leastTtl(cname));
            owner = ((CNAMERecord) cname.get(0)).getTarget();
        }
        return new Reading<>(
                new DnsAnswer.Failed<>("a loop of CNAMEs at " + owner), Optional.empty(), TOO_LONG, Duration.ZERO);
    }

    private static <T> Reading<T> found(
            Message response, Name owner, List<Record> data, RecordType<T> type, int chain, long ttl) {
        List<T> values = new ArrayList<>();
        data.forEach(record -> value(record)
                .filter(type.data()::isInstance)
                .map(type.data()::cast)
                .ifPresent(values::add));
        Duration duration = Duration.ofSeconds(ttl);
        boolean authenticated = response.getHeader().getFlag(Flags.AD);
        DnsAnswer<T> answer = values.isEmpty()
                ? new DnsAnswer.NoData<>()
                : new DnsAnswer.Found<>(values, host(owner), duration, authenticated);
        return new Reading<>(answer, Optional.empty(), chain, duration);
    }

    private static <T> Reading<T> notFound(Message response, Name owner, int chain, long ttl) {
        long negative = response.getSection(Section.AUTHORITY).stream()
                .filter(SOARecord.class::isInstance)
                .map(SOARecord.class::cast)
                .mapToLong(soa -> Math.min(soa.getTTL(), soa.getMinimum()))
                .min()
                .orElse(0);
        Duration duration = Duration.ofSeconds(Math.min(ttl, negative));
        if (response.getRcode() == Rcode.NXDOMAIN) {
            return new Reading<>(new DnsAnswer.NoSuchDomain<>(), Optional.empty(), chain, duration);
        }
        boolean knowsTarget = response.getSection(Section.AUTHORITY).stream().anyMatch(SOARecord.class::isInstance);
        return chain > 0 && !knowsTarget
                ? new Reading<>(new DnsAnswer.NoData<>(), Optional.of(owner), chain, Duration.ofSeconds(ttl))
                : new Reading<>(new DnsAnswer.NoData<>(), Optional.empty(), chain, duration);
    }

    private static List<Record> at(List<Record> records, Name owner, int type) {
        return records.stream()
                .filter(record -> record.getType() == type && record.getName().equals(owner))
                .toList();
    }

    private static long leastTtl(List<Record> records) {
        return records.stream().mapToLong(Record::getTTL).min().orElseThrow();
    }

    private static Optional<Object> value(Record record) {
        if (record instanceof MXRecord mx) {
            return Optional.of(new MailExchanger(mx.getPriority(), host(mx.getTarget())));
        } else if (record instanceof ARecord a) {
            return Optional.of(a.getAddress());
        } else if (record instanceof AAAARecord aaaa) {
            return Optional.of(aaaa.getAddress()); // of another class when an IPv4 address was put into it
        } else if (record instanceof TXTRecord txt) {
            return Optional.of(txt.getStringsAsByteArrays().stream()
                    .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                    .collect(Collectors.joining()));
        } else if (record instanceof CNAMERecord cname) {
            return Optional.of(host(cname.getTarget()));
        } else if (record instanceof PTRRecord ptr) {
            return Optional.of(host(ptr.getTarget()));
        }
        return Optional.empty();
    }

    private static String host(Name name) {
        return name.equals(Name.root) ? "" : name.toString(true).toLowerCase(Locale.ROOT);
    }
}
