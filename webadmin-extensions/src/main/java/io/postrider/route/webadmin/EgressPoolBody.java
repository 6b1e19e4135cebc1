package io.postrider.route.webadmin;

import io.postrider.route.EgressPool;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A pool as it is put. */
record EgressPoolBody(@Nullable List<@Nullable SourceBody> sources) {
    /** What may be an address, so that nothing else is looked up in DNS. */
    private static final Pattern LITERAL =
            Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

    record SourceBody(
            @Nullable String address,
            @Nullable String ehloName,
            @Nullable Integer weight) {}

    EgressPool toPool(String name) {
        if (sources == null || sources.isEmpty()) {
            throw new IllegalArgumentException(
                    "sources: missing (expected: an array of at least one {address, ehloName, weight})");
        }
        return new EgressPool(name, sources.stream().map(EgressPoolBody::source).toList());
    }

    private static EgressPool.Source source(@Nullable SourceBody body) {
        if (body == null || body.address() == null) {
            throw new IllegalArgumentException(
                    "sources.address: missing (expected: an IPv4 or IPv6 address of this machine)");
        }
        return new EgressPool.Source(
                address(body.address()),
                Optional.ofNullable(body.ehloName()),
                body.weight() == null ? 1 : body.weight());
    }

    private static InetAddress address(String text) {
        IllegalArgumentException unreadable = new IllegalArgumentException(
                "sources.address: '" + text + "' (expected: an IPv4 or IPv6 address of this machine)");
        if (!LITERAL.matcher(text).matches()) {
            throw unreadable;
        }
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            unreadable.initCause(e);
            throw unreadable;
        }
    }
}
