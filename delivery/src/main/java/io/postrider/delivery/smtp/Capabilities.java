package io.postrider.delivery.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** What a server offered in its reply to EHLO; the first line is its name. */
final class Capabilities {
    static final Capabilities NONE = new Capabilities(List.of());

    private final List<String> keywords;
    private final boolean pipelining;
    private final boolean eightBitMime;
    private final boolean dsn;
    private final boolean size;
    private final OptionalLong sizeLimit;

    /** Each mail asks, so it is looked up once. */
    private Capabilities(List<String> keywords) {
        this.keywords = keywords;
        this.pipelining = parameters("PIPELINING").isPresent();
        this.eightBitMime = parameters("8BITMIME").isPresent();
        this.dsn = parameters("DSN").isPresent();
        this.size = parameters("SIZE").isPresent();
        this.sizeLimit = parameters("SIZE")
                .filter(text -> text.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .filter(limit -> limit > 0)
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    static Capabilities of(ServerReply ehlo) {
        List<String> lines = ehlo.textLines();
        List<String> keywords = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            keywords.add(line.toUpperCase(Locale.ROOT));
        }
        return new Capabilities(keywords);
    }

    /** What is left when these keywords are disregarded. */
    Capabilities without(String... unusable) {
        List<String> unwanted = List.of(unusable);
        return new Capabilities(keywords.stream()
                .filter(line -> !unwanted.contains(line.split(" ", 2)[0]))
                .toList());
    }

    boolean pipelining() {
        return pipelining;
    }

    boolean eightBitMime() {
        return eightBitMime;
    }

    boolean dsn() {
        return dsn;
    }

    boolean startTls() {
        return parameters("STARTTLS").isPresent();
    }

    boolean size() {
        return size;
    }

    /** The largest message that is taken, in bytes, when there is such a limit; SIZE 0 means none (RFC 1870, section 4). */
    OptionalLong sizeLimit() {
        return sizeLimit;
    }

    /** Whether a SASL mechanism is offered, in the standard way or as {@code AUTH=}, which old servers write. */
    boolean auth(String mechanism) {
        return keywords.stream()
                .filter(line -> line.startsWith("AUTH ") || line.startsWith("AUTH="))
                .anyMatch(line ->
                        List.of(line.substring("AUTH ".length()).split(" ")).contains(mechanism));
    }

    private Optional<String> parameters(String keyword) {
        return keywords.stream()
                .filter(line -> line.equals(keyword) || line.startsWith(keyword + " "))
                .map(line -> line.substring(keyword.length()).strip())
                .findFirst();
    }
}
