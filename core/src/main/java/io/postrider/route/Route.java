package io.postrider.route;

import java.util.List;
import java.util.Optional;

/**
 * Says where mail goes for which {@code when} holds; the first by position decides.
 *
 * @param position lower comes first; ties by name
 * @param via in order of fail-over, at least one
 */
public record Route(String name, int position, When when, List<Hop> via) {
    /** The route with an empty {@code when}, which is always there. */
    public static final String DEFAULT = "default";

    /** All that is given must hold; domains match exactly or, as {@code *.example.com}, below. */
    public record When(
            Optional<String> tenant,
            Optional<String> stream,
            Optional<String> senderDomain,
            Optional<String> recipientDomain) {
        public static final When ALWAYS =
                new When(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

        boolean holdsFor(Question question) {
            return tenant.map(question.tenant()::equals).orElse(true)
                    && stream.map(question.stream()::equals).orElse(true)
                    && senderDomain
                            .map(pattern -> matches(pattern, question.senderDomain()))
                            .orElse(true)
                    && recipientDomain
                            .map(pattern -> matches(pattern, question.recipientDomain()))
                            .orElse(true);
        }

        private static boolean matches(String pattern, String domain) {
            return pattern.startsWith("*.") ? domain.endsWith(pattern.substring(1)) : domain.equals(pattern);
        }
    }

    /** What a route is chosen by; domains in lower case. */
    public record Question(String tenant, String stream, String senderDomain, String recipientDomain) {}

    public Route {
        if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    "route: '" + name + "' (expected: 1 to 63 of a-z, 0-9 and inner hyphens)");
        }
        if (via.isEmpty()) {
            throw new IllegalArgumentException("via: empty (expected: at least one of " + Hop.SYNTAX + ")");
        }
        if (name.equals(DEFAULT) && !when.equals(When.ALWAYS)) {
            throw new IllegalArgumentException(
                    "when: not empty (expected: empty for the route 'default', which takes what no other takes)");
        }
        via = List.copyOf(via);
    }
}
