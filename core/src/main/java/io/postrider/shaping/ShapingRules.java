package io.postrider.shaping;

import io.postrider.shaping.ShapingRule.Domains;
import io.postrider.shaping.ShapingRule.MailServers;
import io.postrider.shaping.ShapingRule.TheRest;
import io.postrider.shaping.ShapingRule.ThroughRelay;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the one rule that mail goes by: that of the recipient's domain, else that of the longest matching suffix, else the default. */
public final class ShapingRules {
    /** No rule at all. */
    public static final ShapingRules NONE = new ShapingRules(List.of());

    private final List<ShapingRule> all;
    private final Map<String, ShapingRule> byDomain = new HashMap<>();
    private final Map<String, ShapingRule> bySuffix = new HashMap<>();
    private final Map<String, ShapingRule> byRelay = new HashMap<>();
    private final Optional<ShapingRule> theRest;

    /** @throws IllegalArgumentException when two rules are about the same */
    public ShapingRules(Collection<ShapingRule> rules) {
        all = List.copyOf(rules);
        all.forEach(this::index);
        theRest = all.stream().filter(rule -> rule.whom() instanceof TheRest).findFirst();
    }

    private void index(ShapingRule rule) {
        if (rule.whom() instanceof Domains domains) {
            domains.names().forEach(name -> put(byDomain, name, rule));
        } else if (rule.whom() instanceof MailServers servers) {
            servers.suffixes().forEach(suffix -> put(bySuffix, suffix, rule));
        } else if (rule.whom() instanceof ThroughRelay through) {
            put(byRelay, through.relay(), rule);
        }
    }

    private static void put(Map<String, ShapingRule> map, String key, ShapingRule rule) {
        ShapingRule other = map.putIfAbsent(key, rule);
        if (other != null) {
            throw new IllegalArgumentException(
                    rule + ": '" + key + "' is in " + other + ", too (expected: in one rule only)");
        }
    }

    public List<ShapingRule> all() {
        return all;
    }

    /** A rule for this recipient domain alone. */
    public Optional<ShapingRule> forDomain(String domain) {
        return byDomain.isEmpty() ? Optional.empty() : Optional.ofNullable(byDomain.get(domain));
    }

    /** The rule for a site with these mail servers. */
    public Optional<ShapingRule> forSite(Collection<String> mailServers) {
        if (bySuffix.isEmpty()) {
            return theRest;
        }
        List<Optional<ShapingRule>> found =
                mailServers.stream().map(this::byLongestSuffix).distinct().toList();
        return found.size() == 1 && found.get(0).isPresent() ? found.get(0) : theRest;
    }

    /** The rule for a relay. */
    public Optional<ShapingRule> forRelay(String relay) {
        return Optional.ofNullable(byRelay.get(relay));
    }

    private Optional<ShapingRule> byLongestSuffix(String host) {
        return Stream.iterate(host, name -> !name.isEmpty(), name -> name.substring(name.indexOf('.') + 1))
                .limit(host.chars().filter(c -> c == '.').count() + 1)
                .map(bySuffix::get)
                .filter(rule -> rule != null)
                .findFirst();
    }
}
