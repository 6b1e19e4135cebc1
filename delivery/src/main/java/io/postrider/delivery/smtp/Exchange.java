package io.postrider.delivery.smtp;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.route.Hop;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The record of one transaction on one connection, which each recipient's attempt is made from. */
final class Exchange {
    private final Clock clock;
    private final Instant startedAt;
    private final String mx;
    private final String site;
    private final List<String> before = new ArrayList<>();
    private final List<String> after = new ArrayList<>();
    private String source = "";
    private String address = "";
    private Duration connect = Duration.ZERO;
    private Security security = Security.NONE;
    private Instant transactionAt = Instant.MAX;

    /** What is known before there is a host to speak of. */
    Exchange(Clock clock) {
        this(clock, "", "");
    }

    /** @param site empty where the hop is one host */
    Exchange(Clock clock, String mx, String site) {
        this.clock = clock;
        this.site = site;
        this.startedAt = clock.instant();
        this.mx = mx;
    }

    String mx() {
        return mx;
    }

    /** What was said to all before the recipients: greeting, EHLO, MAIL. */
    List<String> before() {
        return before;
    }

    /** What was said to all behind the recipients: DATA, the message. */
    List<String> after() {
        return after;
    }

    /** A connection came about for this exchange. */
    void connected(SocketAddress local, SocketAddress remote) {
        connect = since(startedAt);
        on(local, remote);
    }

    /** The exchange is on a connection that was there before. */
    void kept(SocketAddress local, SocketAddress remote, Security with) {
        on(local, remote);
        security = new Security(with.tls(), with.certificateProblem(), Duration.ZERO);
    }

    void secured(Security with) {
        security = with;
    }

    Instant now() {
        return clock.instant();
    }

    void transactionBegins() {
        transactionAt = clock.instant();
    }

    /**
     * @param earlier what was said for the recipient on other connections and in other transactions
     * @param talk what was said about the recipient alone
     */
    Attempt attempt(Hop hop, DeliveryOutcome outcome, List<String> earlier, List<String> talk) {
        return new Attempt(
                startedAt,
                hop.toString(),
                source,
                mx,
                site,
                security.tls(),
                new Attempt.Connection(
                        address, security.certificateProblem(), connect, security.handshake(), since(transactionAt)),
                outcome,
                since(startedAt),
                Talk.joined(List.of(earlier, before, talk, after)));
    }

    private void on(SocketAddress local, SocketAddress remote) {
        source = literal(local);
        address = literal(remote);
    }

    private Duration since(Instant start) {
        Instant now = clock.instant();
        return start.isBefore(now) ? Duration.between(start, now) : Duration.ZERO;
    }

    private static String literal(SocketAddress address) {
        return ((InetSocketAddress) address).getAddress().getHostAddress();
    }
}
