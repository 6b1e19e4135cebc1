package io.postrider.route.webadmin;

import io.postrider.admin.webadmin.PathParameters;
import io.postrider.route.Hop;
import io.postrider.route.Route;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A route as it is put. */
record RouteBody(
        @Nullable Integer position,
        @Nullable WhenBody when,
        @Nullable List<@Nullable String> via) {
    record WhenBody(
            @Nullable String tenant,
            @Nullable String stream,
            @Nullable String senderDomain,
            @Nullable String recipientDomain,
            @Nullable String provider) {}

    Route toRoute(String name) {
        return new Route(name, position(name), condition(), hops());
    }

    private int position(String name) {
        if (position != null) {
            return position;
        }
        if (name.equals(Route.DEFAULT)) {
            return 0; // it comes last whatever its position
        }
        throw new IllegalArgumentException("position: missing (expected: an integer; lower is asked first)");
    }

    private Route.When condition() {
        if (when == null) {
            return Route.When.ALWAYS;
        }
        if (when.provider() != null) {
            throw new IllegalArgumentException(
                    "when.provider: providers come with a later version (expected: tenant, stream, senderDomain or"
                            + " recipientDomain)");
        }
        return new Route.When(
                Optional.ofNullable(when.tenant()).map(text -> PathParameters.requireName(text, "when.tenant")),
                Optional.ofNullable(when.stream()).map(text -> PathParameters.requireName(text, "when.stream")),
                Optional.ofNullable(when.senderDomain()).map(text -> domainPattern("when.senderDomain", text)),
                Optional.ofNullable(when.recipientDomain()).map(text -> domainPattern("when.recipientDomain", text)));
    }

    private static String domainPattern(String property, String text) {
        String pattern = text.toLowerCase(Locale.ROOT);
        if (pattern.length() > 255 || !pattern.matches("(\\*\\.)?([a-z0-9_-]{1,63}\\.)*[a-z0-9-]{1,63}")) {
            throw new IllegalArgumentException(
                    property + ": '" + text + "' (expected: a domain such as example.com, or *.example.com)");
        }
        return pattern;
    }

    private List<Hop> hops() {
        if (via == null) {
            throw new IllegalArgumentException("via: missing (expected: an array of " + Hop.SYNTAX + ")");
        }
        List<Hop> hops = via.stream().map(RouteBody::hop).toList();
        if (new HashSet<>(hops).size() < hops.size()) {
            throw new IllegalArgumentException("via: " + hops + " (expected: each hop once)");
        }
        return hops;
    }

    private static Hop hop(@Nullable String text) {
        if (text == null) {
            throw new IllegalArgumentException("via: null (expected: " + Hop.SYNTAX + ")");
        }
        return Hop.parse(text);
    }
}
