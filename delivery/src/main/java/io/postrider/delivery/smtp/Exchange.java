package io.postrider.delivery.smtp;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.route.Hop;
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
    private final List<String> before = new ArrayList<>();
    private final List<String> after = new ArrayList<>();
    private String source = "";
    private String tls = "";

    Exchange(Clock clock, String mx) {
        this.clock = clock;
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

    void connected(String localAddress) {
        source = localAddress;
    }

    void secured(String protocolAndCipher) {
        tls = protocolAndCipher;
    }

    Attempt attempt(Hop hop, DeliveryOutcome outcome, List<String> talkOfRecipient) {
        Duration duration = Duration.between(startedAt, clock.instant());
        return new Attempt(
                startedAt,
                hop.toString(),
                source,
                mx,
                tls,
                outcome,
                duration.isNegative() ? Duration.ZERO : duration,
                Talk.joined(List.of(before, talkOfRecipient, after)));
    }
}
