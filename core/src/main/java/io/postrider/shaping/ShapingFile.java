package io.postrider.shaping;

import io.postrider.shaping.ShapingRule.Domains;
import io.postrider.shaping.ShapingRule.Limits;
import io.postrider.shaping.ShapingRule.MailServers;
import io.postrider.shaping.ShapingRule.TheRest;
import io.postrider.shaping.ShapingRule.ThroughRelay;
import io.postrider.shaping.ShapingRule.Whom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads shaping rules, a line for each of their properties: {@code shaping.gmail.rate=50/s}. What is wrong is told with its line, all at once. */
public final class ShapingFile {
    private static final Pattern LINE =
            Pattern.compile("shaping\\.([a-z0-9][a-z0-9-]{0,62})\\.([A-Za-z]+)\\s*=\\s*(.*)");
    private static final Pattern HOST =
            Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");
    private static final int MOST_CONNECTIONS = 1000;
    private static final int MOST_MESSAGES = 1_000_000;
    private static final int MOST_RECIPIENTS = 1000;
    private static final String DOMAINS = "domains";
    private static final String MX = "mx";
    private static final String RELAY = "relay";
    private static final String EXAMPLE = "example";
    private static final String SOURCE = "source";
    private static final String RATE = "rate";
    private static final String MAX_CONNECTIONS = "maxConnections";
    private static final String MESSAGES_PER_CONNECTION = "messagesPerConnection";
    private static final String MAX_RECIPIENTS = "maxRecipients";
    private static final List<String> PROPERTIES = List.of(
            DOMAINS, MX, RELAY, MAX_CONNECTIONS, MESSAGES_PER_CONNECTION, MAX_RECIPIENTS, RATE, EXAMPLE, SOURCE);

    private final String name;
    private final List<String> problems;

    private record Value(int line, String text) {}

    private ShapingFile(String name, List<String> problems) {
        this.name = name;
        this.problems = problems;
    }

    /**
     * Reads the lines of a file.
     *
     * @param name of the file, for the problems
     * @param problems takes a line for each thing that is wrong; the result is of no use when there are any
     */
    public static ShapingRules read(String name, List<String> lines, List<String> problems) {
        return new ShapingFile(name, problems).read(lines);
    }

    private ShapingRules read(List<String> lines) {
        Map<String, Map<String, Value>> rules = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                add(line, i + 1, rules);
            }
        }
        List<ShapingRule> read = new ArrayList<>();
        rules.forEach((rule, values) -> ruleOf(rule, values).ifPresent(read::add));
        try {
            return read.isEmpty() ? ShapingRules.NONE : new ShapingRules(read);
        } catch (IllegalArgumentException e) {
            problems.add(name + ": " + e.getMessage());
            return ShapingRules.NONE;
        }
    }

    private void add(String line, int number, Map<String, Map<String, Value>> rules) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            problem(number, "'" + line + "' (expected: shaping.RULE.PROPERTY=value)");
            return;
        }
        String property = matcher.group(2);
        if (!PROPERTIES.contains(property)) {
            problem(
                    number,
                    "unknown property '" + property + "' (expected one of: " + String.join(", ", PROPERTIES) + ")");
            return;
        }
        Map<String, Value> values = rules.computeIfAbsent(matcher.group(1), any -> new LinkedHashMap<>());
        Value before = values.putIfAbsent(property, new Value(number, matcher.group(3)));
        if (before != null) {
            problem(
                    number,
                    "shaping." + matcher.group(1) + "." + property + " stands in line " + before.line
                            + ", too (expected: once)");
        }
    }

    private Optional<ShapingRule> ruleOf(String rule, Map<String, Value> values) {
        int before = problems.size();
        int line = values.values().iterator().next().line();
        String full = "shaping." + rule;
        Whom whom = whom(rule, line, values);
        Limits limits = new Limits(
                number(full, values, MAX_CONNECTIONS, MOST_CONNECTIONS),
                number(full, values, MESSAGES_PER_CONNECTION, MOST_MESSAGES),
                number(full, values, MAX_RECIPIENTS, MOST_RECIPIENTS),
                parsed(full, values, RATE, Rate::parse));
        if (problems.size() == before && limits.isEmpty()) {
            problem(
                    line,
                    full + " limits nothing (expected: rate, maxConnections, messagesPerConnection or maxRecipients)");
        }
        boolean rateOnly = limits.maxConnections().isEmpty()
                && limits.messagesPerConnection().isEmpty()
                && limits.maxRecipients().isEmpty();
        if (whom instanceof ThroughRelay && !rateOnly) {
            problem(line, full + " is for a relay (expected: only a rate; PUT /relays sets its connections)");
        }
        String example = words(full, line, values, EXAMPLE, "a reply that shows the limit");
        String source = words(full, line, values, SOURCE, "where the limit is written, or who has measured it");
        return problems.size() == before
                ? Optional.of(new ShapingRule(rule, whom, limits, example, source))
                : Optional.empty();
    }

    private Whom whom(String rule, int line, Map<String, Value> values) {
        List<String> given =
                List.of(DOMAINS, MX, RELAY).stream().filter(values::containsKey).toList();
        boolean isDefault = rule.equals(ShapingRule.DEFAULT);
        if (isDefault ? !given.isEmpty() : given.size() != 1) {
            problem(
                    line,
                    "shaping." + rule + " has "
                            + (given.isEmpty() ? "none of domains, mx and relay" : String.join(" and ", given))
                            + " (expected: "
                            + (isDefault ? "none, as it is for the rest" : "one of domains, mx and relay")
                            + ")");
        }
        if (values.containsKey(RELAY)) {
            return new ThroughRelay(values.get(RELAY).text());
        }
        if (values.containsKey(DOMAINS)) {
            return new Domains(names(values, DOMAINS));
        }
        return values.containsKey(MX) ? new MailServers(List.copyOf(names(values, MX))) : new TheRest();
    }

    /** With commas between them, in lower case. */
    private Set<String> names(Map<String, Value> values, String property) {
        Value value = values.get(property);
        Set<String> names = new LinkedHashSet<>();
        Arrays.stream(value.text().toLowerCase(Locale.ROOT).split(",", -1))
                .map(String::strip)
                .forEach(host -> {
                    if (HOST.matcher(host).matches()) {
                        names.add(host);
                    } else {
                        problem(
                                value.line(),
                                property + ": '" + host + "' (expected: a domain name such as example.com)");
                    }
                });
        return names;
    }

    private OptionalInt number(String rule, Map<String, Value> values, String property, int most) {
        return parsed(rule, values, property, text -> {
                    if (text.matches("[1-9][0-9]{0,8}") && Integer.parseInt(text) <= most) {
                        return Integer.parseInt(text);
                    }
                    throw new IllegalArgumentException(property + ": '" + text + "' (expected: 1 to " + most + ")");
                })
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
    }

    private <T> Optional<T> parsed(
            String rule, Map<String, Value> values, String property, Function<String, T> parser) {
        Value value = values.get(property);
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(value.text()));
        } catch (IllegalArgumentException e) {
            problem(value.line(), rule + "." + e.getMessage());
            return Optional.empty();
        }
    }

    private String words(String rule, int line, Map<String, Value> values, String property, String expected) {
        Value value = values.get(property);
        if (value == null || value.text().isEmpty()) {
            problem(
                    value == null ? line : value.line(),
                    rule + " has no " + property + " (expected: " + expected + ")");
            return "";
        }
        return value.text();
    }

    private void problem(int line, String text) {
        problems.add(name + ", line " + line + ": " + text);
    }
}
