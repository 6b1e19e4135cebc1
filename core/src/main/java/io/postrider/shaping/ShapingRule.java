package io.postrider.shaping;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Limits for mail to some domains, to a provider, through a relay, or to all the rest.
 *
 * @param name as the file calls it
 * @param whom whom it is about
 * @param limits those that it sets; others are as they are without it
 * @param example a reply that shows the limit
 * @param source where the limit is written, or who has measured it
 */
public record ShapingRule(String name, Whom whom, Limits limits, String example, String source) {
    /** The rule for all that no other one is for. */
    public static final String DEFAULT = "default";

    /** Whom a rule is about. */
    public sealed interface Whom {}

    /** Recipients of these domains. Their mail goes over connections of its own. */
    public record Domains(Set<String> names) implements Whom {
        public Domains {
            names = Set.copyOf(names);
        }
    }

    /** Sites all of whose mail servers have a name that ends so. */
    public record MailServers(List<String> suffixes) implements Whom {
        public MailServers {
            suffixes = List.copyOf(suffixes);
        }
    }

    /** All mail through a relay. */
    public record ThroughRelay(String relay) implements Whom {}

    /** All direct mail that no other rule is about. */
    public record TheRest() implements Whom {}

    /**
     * For each site and egress pool.
     *
     * @param maxConnections at a time
     * @param messagesPerConnection transactions on one connection
     * @param maxRecipients of one transaction
     * @param rate of transactions
     */
    public record Limits(
            OptionalInt maxConnections,
            OptionalInt messagesPerConnection,
            OptionalInt maxRecipients,
            Optional<Rate> rate) {
        boolean isEmpty() {
            return maxConnections.isEmpty()
                    && messagesPerConnection.isEmpty()
                    && maxRecipients.isEmpty()
                    && rate.isEmpty();
        }
    }

    /** As an explanation names it. */
    @Override
    public String toString() {
        return "shaping." + name;
    }
}
